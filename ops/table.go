package ops

import "github.com/rocmforge/rocmforge/device"

// Kernels lists all ops by name, for who knows an op by its name only.
func Kernels() map[string]*device.Kernel {
	table := map[string]*device.Kernel{}
	for _, k := range []*device.Kernel{
		Add.Kernel(), Advance.Kernel(), Argmax.Kernel(), Attention.Kernel(), AttentionDecode.Kernel(), AttentionPrefill.Kernel(),
		Dequantize.Kernel(), Embedding.Kernel(), GEMM.Kernel(), GEMV.Kernel(), GEMVGate.Kernel(), HeadNorm.Kernel(), KVAppend.Kernel(), KVRead.Kernel(), Mask.Kernel(), Pack.Kernel(),
		Repack.Kernel(), RMSNorm.Kernel(), RoPE.Kernel(), RoPEAppend.Kernel(), Scale.Kernel(), Simulate.Kernel(),
		Softmax.Kernel(), SwiGLU.Kernel(),
	} {
		table[k.Name] = k
	}
	return table
}
