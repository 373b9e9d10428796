//go:build !nohip

package hip

import (
	"bytes"
	"errors"
	"testing"

	"github.com/rocmforge/rocmforge/device"
)

// TestMemory counts what is given out, zeroes it, and forgives what it can.
func TestMemory(t *testing.T) {
	d := open(t, options(t))
	q := newQueueOf(t, d)
	for _, n := range []int{0, -1, maxAlloc + 1, 1 << 40} {
		var e *device.MemoryError
		if _, err := d.Alloc(n); n < 1<<40 && !errors.As(err, &e) {
			t.Errorf("Alloc(%d): %v", n, err)
		}
	}
	before := d.Available()
	p, err := d.Alloc(1000)
	check(t, err)
	if d.InUse() < 1000 || d.Available() > before-1000 || p%64 != 0 {
		t.Errorf("%d in use, %d of %d available, at %#x", d.InUse(), d.Available(), before, p)
	}
	got := bytes.Repeat([]byte{1}, 1000)
	q.Download(got, p)
	if !bytes.Equal(got, make([]byte, 1000)) {
		t.Error("new memory is not zero")
	}
	q.Upload(p, []byte("copied"))
	q.Copy(p+500, p, 6)
	if q.Download(got[:500], p+500); string(got[:6]) != "copied" {
		t.Errorf("copied %q", got[:6])
	}
	used := d.InUse()
	d.Free(0)
	d.Free(p)
	d.Free(p)
	d.Free(p + 5)
	if d.InUse() != used-1000 {
		t.Errorf("%d in use", d.InUse())
	}
	check(t, q.Close())
	check(t, q.Close())
	closeAndCount(t, d)
}

// TestOutOfMemory is a MemoryError with numbers.
func TestOutOfMemory(t *testing.T) {
	d := open(t, options(t))
	control(t).SetFaults(t, "hipMalloc:1:2")
	var e *device.MemoryError
	if _, err := d.Alloc(1 << 20); !errors.As(err, &e) || e.Asked != 1<<20 || e.Available <= 0 || e.Device != "hip:0" {
		t.Errorf("%v", err)
	}
	p, err := d.Alloc(1 << 20)
	check(t, err)
	d.Free(p)
	closeAndCount(t, d)
}

// TestCopies writes and reads sizes around those of all buffers.
func TestCopies(t *testing.T) {
	d := open(t, options(t))
	q := newQueueOf(t, d)
	for _, n := range []int{1, 63, smallUpload - 1, smallUpload, smallUpload + 1, downloadSize, downloadSize + 1, slotSize, slotSize*slots + 12345} {
		p, err := d.Alloc(n)
		check(t, err)
		want := make([]byte, n)
		for i := range want {
			want[i] = byte(i * 7 >> 3)
		}
		src := bytes.Clone(want)
		q.Upload(p, src)
		clear(src) // Upload has taken it
		got := make([]byte, n)
		q.Download(got, p)
		check(t, q.Wait())
		if !bytes.Equal(got, want) {
			t.Errorf("%d bytes are not the same", n)
		}
		d.Free(p)
	}
	closeAndCount(t, d)
}

// TestManySmallUploads goes round the ring several times.
func TestManySmallUploads(t *testing.T) {
	d := open(t, options(t))
	q := newQueueOf(t, d)
	const n, size = 400, 5000
	p, err := d.Alloc(n * size)
	check(t, err)
	for i := range n {
		q.Upload(p+device.Ptr(i*size), bytes.Repeat([]byte{byte(i)}, size))
	}
	got := make([]byte, n*size)
	q.Download(got, p)
	check(t, q.Wait())
	for i, v := range got {
		if v != byte(i/size) {
			t.Fatalf("byte %d is %d", i, v)
		}
	}
}
