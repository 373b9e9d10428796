//go:build !windows

package dl

import "path/filepath"

const remedy = "Install ROCm's run-time libraries: `apt install libamdhip64-7 libhiprtc7` on Debian and Ubuntu, `amdrocm-runtime` from AMD's packages (https://rocm.docs.amd.com); or set ROCM_PATH to the folder that has them in lib."

// opt is where AMD's packages put ROCm.
const opt = "/opt"

// places lists the folders to look in. They may or may not exist.
func places(getenv func(string) string) []string { return placesBelow(opt, getenv) }

// placesBelow is places with another folder in place of /opt. ROCm's own come
// in the order of their age: up to 7.2 they are /opt/rocm-7.2, and from 7.14 on,
// ROCm 10 included, /opt/rocm/core-10.0; /opt/rocm/lib and /opt/rocm/core are
// links to the one that is chosen.
func placesBelow(opt string, getenv func(string) string) []string {
	var out []string
	lib := func(dirs ...string) {
		for _, dir := range dirs {
			out = append(out, filepath.Join(dir, "lib"))
		}
	}
	for _, name := range []string{"ROCM_PATH", "HIP_PATH"} {
		if dir := getenv(name); dir != "" {
			lib(dir)
		}
	}
	out = append(out, byLoader)
	rocm := filepath.Join(opt, "rocm")
	lib(rocm, filepath.Join(rocm, "core"))
	lib(matches(rocm, "core-*")...)
	lib(matches(opt, "rocm-*")...)
	lib(pythonROCm(opt, getenv)...)
	return out
}

// pythonROCm lists where pip puts ROCm (package rocm-sdk-core): in the active
// environment, in the user's own folder, and where the system's Python has it,
// which Debian calls dist-packages.
func pythonROCm(opt string, getenv func(string) string) (out []string) {
	roots := []string{getenv("VIRTUAL_ENV"), getenv("CONDA_PREFIX")}
	if home := getenv("HOME"); home != "" {
		roots = append(roots, filepath.Join(home, ".local"))
	}
	usr := filepath.Join(opt, "..", "usr")
	roots = append(roots, filepath.Join(usr, "local"), usr)
	for _, root := range roots {
		if root == "" {
			continue
		}
		for _, python := range matches(filepath.Join(root, "lib"), "python3*") {
			for _, packages := range []string{"site-packages", "dist-packages"} {
				out = append(out, matches(filepath.Join(python, packages), "_rocm_sdk_core")...)
			}
		}
	}
	return out
}
