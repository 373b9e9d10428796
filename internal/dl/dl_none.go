//go:build nohip || (!(linux && !android && (amd64 || arm64)) && !(darwin && !ios) && !windows)

package dl

func load(string) (uintptr, error) { return 0, ErrUnsupported }

func symbol(uintptr, string) (uintptr, error) { return 0, ErrUnsupported }

func call(uintptr, []uintptr) uintptr { panic("dl: " + unsupported) }

func loadedFrom(_ uintptr, path string) string { return path }
