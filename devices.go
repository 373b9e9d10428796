package rocmforge

import (
	"io"

	"github.com/rocmforge/rocmforge/runtime"
)

// Values of Options.Device; a number may follow DeviceHIP, as in "hip:1".
const (
	DeviceAuto = runtime.DeviceAuto // the best GPU, or the CPU where there is none
	DeviceCPU  = runtime.DeviceCPU
	DeviceHIP  = runtime.DeviceHIP // the best GPU, or an error
)

// Values of Options.KVCacheDType.
const (
	KVF32   = runtime.KVF32
	KVF16   = runtime.KVF16
	KVBF16  = runtime.KVBF16
	KVFP8   = runtime.KVFP8
	KVMXFP6 = runtime.KVMXFP6
	KVMXFP4 = runtime.KVMXFP4
)

// Values of Options.Activations.
const (
	Simulate = runtime.Simulate // round them as the model's author did
	Fast     = runtime.Fast     // the device's fastest way
)

// DeviceInfo describes a device that a model can be opened on: its Name, as
// Options.Device takes it, Kind, Arch and Product, its Workers (threads or
// compute units), the bytes Available (or -1), and whether it is the Default.
// String() is what a person wants to know.
type DeviceInfo = runtime.DeviceInfo

// Devices lists the devices of this machine: the CPU, and the GPUs that HIP
// shows. That there are none of these is no error; gpus says why.
func Devices() (all []DeviceInfo, gpus error, err error) { return runtime.Devices() }

// Plan is the memory that a model takes on its device, in bytes.
//
//   - Weights and Work are allocated, and KVCache for each session; Stage is for
//     weights on their way to a GPU, before there is a KV cache; Total() is the most
//     at a time.
//   - Mapped is the file's tensors, which stay in the file where they can.
//   - Available is what is free now, or -1.
//   - Context is the tokens of a session, KVType the KV cache's type, Activations
//     how they are rounded, and Converted the types of weights that are kept as
//     another type.
type Plan = runtime.Plan

// Inspection is what the headers of a model tell: its Config, the Device that it
// would run on, and the Plan of its memory.
type Inspection = runtime.Inspection

// Inspect reads the headers of a model and loads nothing: a GGUF file or a
// Hugging Face folder. A model that does not fit is no error of it.
func Inspect(path string, o Options) (Inspection, error) { return runtime.Inspect(path, o) }

// InspectReader is Inspect for a GGUF file of the given size.
func InspectReader(r io.ReaderAt, size int64, o Options) (Inspection, error) {
	return runtime.InspectReader(r, size, o)
}
