package doctor

import "fmt"

// roomForKernels is less than one model's kernels for one GPU ever take.
const roomForKernels = 64 << 20

// cache checks the folder of compiled kernels. Without one, everything works,
// but kernels are compiled at each start.
func (e *examination) cache() {
	const (
		name   = "kernel cache"
		remedy = "set ROCMFORGE_CACHE_DIR to a folder of your own on a local disk"
	)
	dir, err := e.Cache()
	if err != nil {
		e.fix(name, Warning, oneLine(err.Error())+": kernels are compiled at each start", remedy)
		return
	}
	free, err := e.Free(dir)
	switch {
	case err != nil:
		e.fix(name, Warning, oneLine(err.Error())+": kernels are compiled at each start", remedy)
	case free < 0:
		e.add(name, OK, quote(dir)+" can be written")
	case free < roomForKernels:
		e.fix(name, Warning, fmt.Sprintf("%s has only %d MiB free", quote(dir), free>>20), "free some space, or "+remedy)
	default:
		e.add(name, OK, fmt.Sprintf("%s can be written, %s free", quote(dir), gib(free)))
	}
}
