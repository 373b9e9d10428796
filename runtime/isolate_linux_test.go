package runtime

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/isolated"
	"github.com/rocmforge/rocmforge/gopher"
)

// TestIsolatedTokensAreTheSame as those of a device in this process, and so are
// all logits of a prompt.
func TestIsolatedTokensAreTheSame(t *testing.T) {
	options := []Options{{}, {Exact: true}, {KVCacheDType: "fp8"}}
	if testing.Short() {
		options = options[:1]
	}
	for _, o := range options {
		var tokens [2][]int32
		var logits [2][][]float32
		for i := range tokens {
			o.Isolate = i == 1
			s := newSession(t, openGopher(t, o))
			logits[i] = mustForward(t, s, someIDs(70, 2), true)
			tokens[i] = mustGenerate(t, s, someIDs(30, 1), GenerateOptions{MaxTokens: 64, IgnoreEOS: true, Sampling: greedy})
		}
		if !slices.Equal(tokens[0], tokens[1]) || len(tokens[0]) != 64 {
			t.Errorf("%+v: tokens %v; isolated %v", o, tokens[0], tokens[1])
		}
		for i := range logits[0] {
			if !slices.Equal(logits[0][i], logits[1][i]) {
				t.Errorf("%+v: the logits behind token %d differ", o, i)
			}
		}
	}
}

// killDevice ends the process that has a model's device.
func killDevice(t *testing.T, m *Model) {
	t.Helper()
	if err := syscall.Kill(m.dev.(*isolated.Device).Process(), syscall.SIGKILL); err != nil {
		t.Error(err)
	}
}

// TestIsolatedDeviceDies in the middle of a generation: that is a fault of the
// device, soon. The model closes, and another one opens.
func TestIsolatedDeviceDies(t *testing.T) {
	for range 3 {
		m := openGopher(t, Options{Isolate: true})
		s := newSession(t, m)
		var killed time.Time
		var err error
		for token, e := range s.GenerateIDs(t.Context(), someIDs(9, 1), GenerateOptions{IgnoreEOS: true, Sampling: greedy}) {
			if err = e; e == nil && token.ID >= 0 && s.Len() == 20 {
				killDevice(t, m)
				killed = time.Now()
			}
		}
		mustBeDeviceFault(t, err)
		if took := time.Since(killed); took > time.Second {
			t.Errorf("the error came after %v", took)
		}
		if _, err := m.NewSession(); err == nil {
			t.Error("a session on a device that is lost")
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

func mustBeDeviceFault(t *testing.T, err error) {
	t.Helper()
	failed, ok := errors.AsType[*DeviceError](err)
	fault, faulty := errors.AsType[*device.Fault](err)
	if !ok || !faulty || !fault.Lost || len(fault.Kernels) == 0 || failed.Device != fault.Device {
		t.Fatalf("%#v", err)
	}
}

// TestIsolatedDeviceDiesIdle: the next pass has the error.
func TestIsolatedDeviceDiesIdle(t *testing.T) {
	m := openGopher(t, Options{Isolate: true})
	s := newSession(t, m)
	mustForward(t, s, someIDs(5, 1), false)
	killDevice(t, m)
	_, err := s.Forward(t.Context(), someIDs(5, 2))
	mustBeDeviceFault(t, err)
}

// TestIsolatedLoadIsCancelled while weights are on their way.
func TestIsolatedLoadIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := Options{Device: "cpu", Isolate: true, Progress: func(done, total int) {
		if done > total/3 {
			cancel()
		}
	}}
	_, err := OpenContext(ctx, gopherFile(t), o)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestIsolatedNotThere: what is wrong with a device is told as without isolation.
func TestIsolatedNotThere(t *testing.T) {
	r := gopher.Model()
	for _, name := range []string{"hip", "hip:7"} {
		o := Options{Device: name, ROCm: t.TempDir()}
		_, here := OpenReader(r, r.Size(), o)
		o.Isolate = true
		_, there := OpenReader(r, r.Size(), o)
		if e, ok := errors.AsType[*DeviceError](there); !ok || e.Device != name || here.Error() != there.Error() {
			t.Errorf("%v; isolated %v", here, there)
		}
	}
}

// TestIsolatedOpenClose leaves nothing behind.
func TestIsolatedOpenClose(t *testing.T) {
	before := held{}
	path := gopherFile(t)
	for i := range 20 {
		m, err := Open(path, Options{Device: "cpu", Isolate: true, Context: 64})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newSession(t, m).Forward(t.Context(), []int32{0, 1}); err != nil {
			t.Error(err)
		}
		process := m.dev.(*isolated.Device).Process()
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if syscall.Kill(process, 0) == nil {
			t.Errorf("process %d is left", process)
		}
		if i == 3 {
			before = holding(t, path)
		}
	}
	after := holding(t, path)
	for i := 0; i < 50 && after.goroutines > before.goroutines; i++ {
		time.Sleep(20 * time.Millisecond) // the last of them are ending
		after = holding(t, path)
	}
	if after.files != before.files || after.goroutines > before.goroutines || after.ofModel != 0 {
		t.Errorf("after 4 rounds %+v, after 20 %+v", before, after)
	}
}

// BenchmarkIsolatedDecode is BenchmarkDecode with the device in a child.
func BenchmarkIsolatedDecode(b *testing.B) {
	s := decodingOn(b, Options{Isolate: true})
	b.ReportAllocs()
	for b.Loop() {
		s.step(b)
	}
}
