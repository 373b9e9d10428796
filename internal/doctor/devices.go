package doctor

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
)

const (
	kfd = "/dev/kfd"
	dxg = "/dev/dxg" // what WSL has instead

	seeGroups  = "let the user into the group that owns it: see groups"
	joinGroups = "add the user to the groups that own the devices, sudo usermod -aG render,video $USER, and log in again; " +
		"in a container: --device=/dev/kfd --device=/dev/dri --group-add with the group's number"
)

func (e *examination) driver() {
	const name = "kernel driver"
	d := e.Files.Driver()
	kernel := "Linux " + orUnknown(d.Kernel)
	switch {
	case !d.Loaded && e.wsl():
		e.add(name, Unknown, kernel+" under WSL, where Windows has the driver")
	case !d.Loaded:
		e.fix(name, Problem, "amdgpu is not loaded in "+kernel,
			"sudo modprobe amdgpu, and look for its reasons with dmesg; install AMD's driver (amdgpu-dkms) if the kernel is older than the GPU")
	case d.Version != "":
		e.add(name, OK, "amdgpu "+string(d.Version)+" in "+kernel)
	default:
		e.add(name, OK, "amdgpu of "+kernel)
	}
}

func (e *examination) wsl() bool {
	return e.Files.Exists(dxg) && !e.Files.Exists(kfd)
}

// devices checks /dev/kfd, through which all computing goes, and then the
// user's groups, which decide about it.
func (e *examination) devices() {
	err := e.Open(e.Files.Path(kfd))
	switch {
	case err == nil:
		e.add(kfd, OK, "can be opened")
	case e.wsl():
		e.add(kfd, Unknown, "is not there, as always under WSL")
	case errors.Is(err, fs.ErrNotExist):
		e.fix(kfd, Problem, "is not there: the kernel offers no computing on AMD GPUs here",
			"load the amdgpu driver on a machine with an AMD GPU; in a container: --device=/dev/kfd --device=/dev/dri")
	case errors.Is(err, fs.ErrPermission):
		e.fix(kfd, Problem, "this user may not open it", seeGroups)
	default:
		e.fix(kfd, Problem, oneLine(err.Error()), "look for amdgpu and kfd in dmesg")
	}
	e.groups(err)
}

// groups are only at fault if the device does not open for want of permission:
// root needs none, and udev's rules may let everybody in.
func (e *examination) groups(opened error) {
	const name = "groups"
	denied := errors.Is(opened, fs.ErrPermission)
	all, err := e.Groups()
	if err != nil {
		e.add(name, Unknown, oneLine(err.Error()))
		return
	}
	var in []string
	for _, g := range []string{"render", "video"} {
		if slices.Contains(all, g) {
			in = append(in, g)
		}
	}
	member := "the user is in " + strings.Join(in, " and ")
	if in == nil {
		member = "the user is neither in render nor in video"
	}
	switch {
	case denied && !slices.Contains(in, "render"):
		e.fix(name, Problem, member, joinGroups)
	case denied:
		e.fix(name, Warning, member+", and that is not enough", "log in again; see which group owns "+kfd+" with ls -l")
	case in == nil && opened != nil:
		e.add(name, Info, member)
	case in == nil:
		e.add(name, OK, member+", and need not be")
	default:
		e.add(name, OK, member)
	}
}
