//go:build linux && (amd64 || arm64)

package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// release builds the program as it is given to users.
func release(t *testing.T, tags string) (file string) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go tool")
	}
	file = filepath.Join(t.TempDir(), "rocmforge")
	c := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-tags", tags, "-o", file, ".")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}

// loader is the dynamic loader that a program names, or "".
func loader(t *testing.T, file string) string {
	t.Helper()
	f, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			name := make([]byte, p.Filesz-1)
			if _, err := p.ReadAt(name, 0); err != nil {
				t.Fatal(err)
			}
			return string(name)
		}
	}
	return ""
}

// generates wants four tokens on the CPU.
func generates(t *testing.T, c *exec.Cmd) {
	t.Helper()
	c.Args = append(c.Args, "run", "-n", "4", "--temperature", "0", "func main() {")
	if out, err := c.CombinedOutput(); err != nil || len(out) < 4 {
		t.Errorf("%v: %s", err, out)
	}
}

// TestRelease: the program with the model built in is small, and runs where
// there is no ROCm. It names libc's loader, which opens libraries for purego.
func TestRelease(t *testing.T) {
	file := release(t, "")
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if mb := float64(info.Size()) / 1e6; mb >= 40 {
		t.Errorf("%.1f MB", mb)
	} else {
		t.Logf("%.1f MB, loader %s", mb, loader(t, file))
	}
	if loader(t, file) == "" {
		t.Error("no loader: libraries could not be opened")
	}
	c := exec.Command(file)
	c.Env = []string{"ROCM_PATH=" + t.TempDir()}
	generates(t, c)
}

// TestReleaseWithoutHIP: -tags nohip needs nothing at all of a system.
func TestReleaseWithoutHIP(t *testing.T) {
	file := release(t, "nohip")
	if name := loader(t, file); name != "" {
		t.Errorf("it wants the loader %s", name)
	}
	if os.Getuid() != 0 {
		t.Skip("only root may chroot")
	}
	c := exec.Command("/rocmforge")
	c.Env = []string{}
	c.Dir = "/"
	c.SysProcAttr = &syscall.SysProcAttr{Chroot: filepath.Dir(file)}
	generates(t, c)
}
