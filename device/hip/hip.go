// Package hip is an AMD GPU as a device.Device. It allocates, copies, launches
// and waits; what kernels compute it does not know. Kernels come from package
// kernels by the name that an op's variant gives, are compiled by kernels/jit
// and run by libamdhip64, which is opened at run time.
//
// HIP's current device belongs to an OS thread, so one thread for each Device
// makes all its HIP calls. Queues hand their work to it in batches: a launch
// costs its caller an append to a buffer. The thread never waits in HIP for
// the GPU. It asks events whether they have happened, so that it serves all
// queues at once, and so that a GPU which hangs is an error.
//
// A fault of the GPU (a *Fault with Lost set) ends the Device: every later
// call returns it. Close works after a fault, too, and then a new Open.
//
// The build tag nohip leaves all of this out: Open says so.
package hip
