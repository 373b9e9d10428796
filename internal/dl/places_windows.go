package dl

import "path/filepath"

const remedy = "Install AMD's graphics driver (Adrenalin) or the HIP SDK, or set HIP_PATH to the folder that has the libraries in bin."

// places lists the folders to look in. They may or may not exist.
func places(getenv func(string) string) []string {
	var out []string
	add := func(variable string, below ...string) {
		if dir := getenv(variable); dir != "" {
			out = append(out, filepath.Join(append([]string{dir}, below...)...))
		}
	}
	add("ROCM_PATH", "bin")
	add("HIP_PATH", "bin")
	out = append(out, byLoader)
	add("SystemRoot", "System32") // the driver's; here patterns count
	if dir := getenv("ProgramFiles"); dir != "" {
		for _, version := range matches(filepath.Join(dir, "AMD", "ROCm"), "*") {
			out = append(out, filepath.Join(version, "bin"))
		}
	}
	if dir := getenv("VIRTUAL_ENV"); dir != "" { // pip's package rocm-sdk-core
		out = append(out, filepath.Join(dir, "Lib", "site-packages", "_rocm_sdk_core", "bin"))
	}
	return out
}
