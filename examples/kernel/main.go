// Kernel compiles a HIP kernel of your own and runs it on the first GPU,
// through the bindings alone.
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"path/filepath"
	"runtime"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/hiprtc"
)

const source = `extern "C" __global__ __launch_bounds__(256)
void add(float *y, const float *a, const float *b, int n) {
	int i = blockIdx.x * 256 + threadIdx.x;
	if (i < n)
		y[i] = a[i] + b[i];
}`

func main() {
	runtime.LockOSThread() // HIP's current device is a thread's
	hip := must(amdhip.Open(amdhip.Options{}))
	gpu := must(hip.GetDeviceProperties(0))
	rtc := must(hiprtc.Open(hiprtc.Options{Dir: filepath.Dir(hip.Path())}))
	code, _, err := rtc.Compile("add.hip", source, nil, []string{"--offload-arch=" + gpu.ArchName})
	check(err)
	kernel := must(hip.ModuleGetFunction(must(hip.ModuleLoadData(code)), "add"))

	const n = 1000
	a, b, y := make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range n {
		a[i], b[i] = float32(i), float32(2*i)
	}
	onGPU := [3]amdhip.Ptr{}
	for i, v := range [][]float32{y, a, b} {
		onGPU[i] = must(hip.Malloc(4 * n))
		check(hip.MemcpyHtoD(onGPU[i], must(binary.Append(nil, binary.LittleEndian, v))))
	}
	// The parameters, laid out as C would a struct of them.
	params := must(binary.Append(nil, binary.LittleEndian, struct {
		Y, A, B uint64
		N       int32
	}{uint64(onGPU[0]), uint64(onGPU[1]), uint64(onGPU[2]), n}))
	check(hip.ModuleLaunchKernel(kernel, amdhip.Dim3{X: (n + 255) / 256, Y: 1, Z: 1}, amdhip.Dim3{X: 256, Y: 1, Z: 1}, 0, 0, params))
	result := make([]byte, 4*n)
	check(hip.MemcpyDtoH(result, onGPU[0])) // waits for the kernel
	must(binary.Decode(result, binary.LittleEndian, y))
	fmt.Printf("%s (%s): %v + %v = %v\n", gpu.Name, gpu.ArchName, a[n-1], b[n-1], y[n-1])
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
