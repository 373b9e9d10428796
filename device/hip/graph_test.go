//go:build !nohip

package hip

import (
	"errors"
	"testing"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
)

// TestGraph records once and replays, until the owner is forgotten.
func TestGraph(t *testing.T) {
	d := open(t, options(t))
	c := control(t)
	b := bind(t, d, sum(2))
	q := newQueueOf(t, d)
	c.SetFaults(t, "")
	recorded := 0
	run := func(key device.GraphKey) {
		q.Graph(key, func() {
			recorded++
			for range 1000 { // more than a batch
				b.Launch(q, &sumArgs{N: 5})
			}
		})
		check(t, q.Wait())
	}
	for range 10 {
		run(device.GraphKey{Owner: 1})
		run(device.GraphKey{Owner: 1, Variant: 1})
		run(device.GraphKey{Owner: 2})
	}
	if launches := c.Calls("hipModuleLaunchKernel"); recorded != 3 || launches != 6000 || c.Calls("hipGraphLaunch") != 30 || c.Live("exec") != 3 {
		t.Errorf("recorded %d times with %d launches, replayed %d times; %d live", recorded, launches, c.Calls("hipGraphLaunch"), c.Live("exec"))
	}
	q.Forget(1)
	check(t, d.settle(everything))
	if n := c.Live("exec"); n != 1 {
		t.Errorf("%d graphs live", n)
	}
	run(device.GraphKey{Owner: 1})
	run(device.GraphKey{Owner: 2})
	if recorded != 4 {
		t.Errorf("recorded %d times", recorded)
	}
	closeAndCount(t, d)
}

// TestGraphsAreBounded drops the graph that was not used for longest.
func TestGraphsAreBounded(t *testing.T) {
	d := open(t, options(t))
	b := bind(t, d, sum(1))
	q := newQueueOf(t, d)
	recorded := map[int]int{}
	run := func(variant int) {
		q.Graph(device.GraphKey{Variant: variant}, func() {
			recorded[variant]++
			b.Launch(q, &sumArgs{N: 5})
		})
	}
	for i := range maxGraphs + 10 {
		run(i)
		run(0)
	}
	check(t, q.Wait())
	if n := control(t).Live("exec"); n != maxGraphs {
		t.Errorf("%d graphs live", n)
	}
	run(0)
	run(maxGraphs)
	run(1)
	if recorded[0] != 1 || recorded[maxGraphs] != 1 || recorded[1] != 2 {
		t.Errorf("recorded %v", recorded)
	}
	closeAndCount(t, d)
}

// TestGraphFails shows that a recording which fails is an error and leaves the
// queue working.
func TestGraphFails(t *testing.T) {
	d := open(t, options(t))
	c := control(t)
	b := bind(t, d, sum(1))
	q := newQueueOf(t, d)
	check(t, d.Build(t.Context(), nil))
	key := device.GraphKey{Owner: 9}
	for _, call := range []string{"hipStreamBeginCapture", "hipStreamEndCapture", "hipGraphInstantiate", "hipGraphLaunch", "hipModuleLaunchKernel"} {
		c.SetFaults(t, call+":1:1")
		q.Graph(key, func() { b.Launch(q, &sumArgs{N: 5}) })
		var f *Fault
		if err := q.Wait(); !errors.As(err, &f) || f.Call != call || f.Lost || !errors.Is(err, amdhip.InvalidValue) {
			t.Errorf("%s: %v", call, err)
		}
		p, err := d.Alloc(100)
		check(t, err)
		q.Upload(p, []byte{5})
		got := []byte{0}
		q.Download(got, p)
		check(t, q.Wait())
		if got[0] != 5 {
			t.Errorf("%s: the stream does not copy any more", call)
		}
	}
	q.Graph(key, func() { q.Upload(0, []byte{1}) })
	if err := q.Wait(); err != errRecording {
		t.Errorf("an upload was recorded: %v", err)
	}
	func() {
		defer func() { recover() }()
		q.Graph(key, func() { panic("own") })
	}()
	q.Graph(key, func() { b.Launch(q, &sumArgs{N: 5}) })
	check(t, q.Wait())
	closeAndCount(t, d)
}

func TestNoGraph(t *testing.T) {
	o := options(t)
	o.NoGraph = true
	d := open(t, o)
	c := control(t)
	b := bind(t, d, sum(1))
	q := newQueueOf(t, d)
	c.SetFaults(t, "")
	for range 3 {
		q.Graph(device.GraphKey{}, func() { b.Launch(q, &sumArgs{N: 5}) })
	}
	check(t, q.Wait())
	if c.Calls("hipModuleLaunchKernel") != 3 || c.Calls("hipStreamBeginCapture") != 0 {
		t.Error("a graph was made")
	}
}
