package isolated

import (
	"os"

	"golang.org/x/sys/unix"
)

// createShared makes memory without a name, which is gone with its last user.
func createShared(n int) (*os.File, []byte, error) {
	fd, err := unix.MemfdCreate(sharedName, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, nil, err
	}
	f := os.NewFile(uintptr(fd), sharedName)
	if err := unix.Ftruncate(fd, int64(n)); err != nil {
		f.Close()
		return nil, nil, err
	}
	memory, err := mapShared(f, n)
	if err != nil {
		f.Close()
	}
	return f, memory, err
}

func mapShared(f *os.File, n int) ([]byte, error) {
	return unix.Mmap(int(f.Fd()), 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

func unmapShared(b []byte) {
	if b != nil {
		_ = unix.Munmap(b)
	}
}
