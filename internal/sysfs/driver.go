package sysfs

// Driver is the kernel's side of it.
type Driver struct {
	Loaded  bool `json:"loaded"`  // amdgpu is there, as a module or built in
	Version Text `json:"version"` // of AMD's own packages; the kernel's amdgpu has none
	Kernel  Text `json:"kernel"`
}

// Driver reads which driver is loaded.
func (f FS) Driver() Driver {
	return Driver{
		Loaded:  f.Exists("sys/module/amdgpu"),
		Version: f.Text("sys/module/amdgpu/version"),
		Kernel:  f.Text("proc/sys/kernel/osrelease"),
	}
}
