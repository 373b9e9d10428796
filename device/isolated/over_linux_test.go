package isolated

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/device"
)

// mustBeLost checks what a lost device says, and that it closes.
func mustBeLost(t *testing.T, d *Device, err error, words ...string) {
	t.Helper()
	f, ok := errors.AsType[*device.Fault](err)
	if !ok || !f.Lost {
		t.Fatalf("%#v", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not in %q", w, err)
		}
	}
	if _, again := d.Alloc(1); again != err {
		t.Errorf("then %v", again)
	}
	if _, again := d.NewQueue(); again != err {
		t.Errorf("then %v", again)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func (b *bench) mustEndSoon(since time.Time) error {
	b.t.Helper()
	err := b.q.Wait()
	if took := time.Since(since); took > time.Second {
		b.t.Errorf("it took %v to notice", took)
	}
	return err
}

// TestKilled: the death of the child is an error that names the kernels.
func TestKilled(t *testing.T) {
	b := newBench(t, opened(t, Options{}))
	b.bind(&fill)()
	launch := b.bind(&slow)
	for range 1000 {
		launch()
	}
	start := time.Now()
	if err := syscall.Kill(b.Process(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	mustBeLost(t, b.Device, b.mustEndSoon(start), "cpu: ", "killed", "last kernels: slow, slow")
}

// TestLastWords: a child that ends itself is quoted.
func TestLastWords(t *testing.T) {
	b := newBench(t, opened(t, Options{}))
	b.q.Graph(device.GraphKey{Owner: 1}, b.bind(&deadly))
	mustBeLost(t, b.Device, b.mustEndSoon(time.Now()), "exit status 134", "Memory access fault by GPU node-1", "last kernels: deadly")
}

// TestHangs: a child that does not answer is given up, also when the pipe to it
// is full.
func TestHangs(t *testing.T) {
	for _, launches := range []int{1, 10000} {
		b := newBench(t, opened(t, Options{Watchdog: 200 * time.Millisecond}))
		launch := b.bind(&fill)
		stop(t, b.Process())
		start := time.Now()
		for range launches {
			launch()
		}
		mustBeLost(t, b.Device, b.mustEndSoon(start), "no answer in 200ms")
	}
}

// stop waits until each thread of a process has stopped, which is some time after
// the signal.
func stop(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); !stopped(t, pid); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the child does not stop")
		}
	}
}

// stopped reads the states of threads, which stand behind their names.
func stopped(t *testing.T, pid int) bool {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(tasks) == 0 {
		t.Fatalf("no threads of process %d: %v", pid, err)
	}
	for _, path := range tasks {
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), ") T ") {
			return false
		}
	}
	return true
}

// TestLongWorkIsNoHang: a child answers while its device works.
func TestLongWorkIsNoHang(t *testing.T) {
	b := newBench(t, opened(t, Options{Watchdog: 300 * time.Millisecond}))
	launch := b.bind(&slow)
	for range 1000 {
		launch()
	}
	if n := b.count(); n != 1000 {
		t.Errorf("%d launches", n)
	}
}

// TestAgain opens and closes in turns, some children killed, and holds nothing
// afterwards.
func TestAgain(t *testing.T) {
	before := holding(t)
	for i := range 20 {
		b := newBench(t, opened(t, Options{}))
		b.bind(&fill)()
		if i%4 == 3 {
			syscall.Kill(b.Process(), syscall.SIGKILL)
		} else if n := b.count(); n != 1 {
			t.Errorf("%d launches", n)
		}
		if err := b.Close(); err != nil && i%4 != 3 {
			t.Error(err)
		}
		if alive(b.Process()) {
			t.Errorf("child %d is left", b.Process())
		}
		if i == 1 {
			before = holding(t)
		}
	}
	if after := holding(t); after != before {
		t.Errorf("%s; at first %s", after, before)
	}
}

// alive tells of zombies, too.
func alive(process int) bool { return syscall.Kill(process, 0) == nil }

// TestParentDies: the child ends when its program is killed.
func TestParentDies(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentVariable+"=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	var process int
	if _, scanErr := fmt.Sscan(line, &process); err != nil || scanErr != nil {
		t.Fatal(line, err, scanErr)
	}
	if !running(process) {
		t.Errorf("child %d is not there", process)
	}
	parent.Process.Kill()
	parent.Wait()
	for deadline := time.Now().Add(5 * time.Second); running(process); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("child %d lives on", process)
		}
	}
}

// parentVariable makes this program open a device, say which process has it, and
// wait to be killed.
const parentVariable = "ROCMFORGE_ISOLATED_TEST_PARENT"

func init() {
	if os.Getenv(parentVariable) == "" {
		return
	}
	beParent = func() {
		d, err := Open(Options{Config: config{}, Watchdog: time.Minute})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(d.Process())
		select {}
	}
}
