//go:build !windows

package dl

import "path/filepath"

const remedy = "Install ROCm's run-time libraries (https://rocm.docs.amd.com), or set ROCM_PATH to the folder that has them in lib."

// opt is where AMD's packages put ROCm.
const opt = "/opt"

// places lists the folders to look in. They may or may not exist.
func places(getenv func(string) string) []string {
	var out []string
	for _, name := range []string{"ROCM_PATH", "HIP_PATH"} {
		if dir := getenv(name); dir != "" {
			out = append(out, filepath.Join(dir, "lib"))
		}
	}
	out = append(out, byLoader, filepath.Join(opt, "rocm", "lib"))
	for _, dir := range matches(opt, "rocm-*") {
		out = append(out, filepath.Join(dir, "lib"))
	}
	return out
}
