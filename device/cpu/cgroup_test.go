package cpu

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// TestCgroupRoom reads trees as they are on machines and in containers.
func TestCgroupRoom(t *testing.T) {
	for name, want := range map[string]int64{
		"v2-container":    60<<20 - (50<<20 - 30<<20), // memory.max, page cache counted as free
		"v2-ancestor":     100<<20 - 90<<20,           // the slice above has less left than the service
		"v2-high":         40<<20 - 10<<20,            // memory.high is below memory.max
		"v2-over":         0,                          // more in use than allowed
		"v2-unlimited":    -1,
		"v1-container":    1<<30 - (600<<20 - 200<<20), // mounted from the container's own group
		"v1-namespace":    512<<20 - 112<<20,           // the group is outside of what is mounted
		"v1-unlimited":    -1,                          // 0x7ffffffffffff000
		"hybrid":          200 << 20,                   // v1 limits memory, v2 has no files of it
		"damaged":         -1,
		"nothing-mounted": -1,
	} {
		t.Run(name, func(t *testing.T) {
			room, limited := cgroupRoom(tree(t, name))
			if !limited {
				room = -1
			}
			if room != want {
				t.Errorf("%d bytes left, want %d", room, want)
			}
		})
	}
}

// tree is a file of files, each after a line "-- NAME --".
func tree(t *testing.T, name string) fstest.MapFS {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "cgroup", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	fs := fstest.MapFS{}
	for _, part := range strings.Split("\n"+string(text), "\n-- ")[1:] {
		name, data, ok := strings.Cut(part, " --\n")
		if !ok {
			t.Fatalf("%.40q", part)
		}
		fs[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return fs
}

// FuzzCgroup: whatever the files say, nothing panics, and what is left is not
// negative.
func FuzzCgroup(f *testing.F) {
	f.Add([]byte("0::/a/b\n"), []byte("1 0 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"), []byte("10"), []byte("9223372036854775807"))
	f.Add([]byte("4:memory:/../..\n"), []byte("1 0 0:1 /x /.. rw - cgroup c rw,memory\n"), []byte("-1"), []byte("inactive_file 99999999999999999999"))
	f.Fuzz(func(t *testing.T, group, mounts, limit, usage []byte) {
		tree := fstest.MapFS{"proc/self/cgroup": {Data: group}, "proc/self/mountinfo": {Data: mounts}}
		for _, dir := range []string{"", "sys/fs/cgroup/", "sys/fs/cgroup/a/", "sys/fs/cgroup/a/b/"} {
			for _, l := range []*limitFiles{&limitsV1, &limitsV2} {
				tree[dir+l.usage] = &fstest.MapFile{Data: usage}
				for _, name := range l.limits {
					tree[dir+name] = &fstest.MapFile{Data: limit}
				}
			}
			tree[dir+"memory.stat"] = &fstest.MapFile{Data: bytes.Join([][]byte{usage, limit}, []byte(" "))}
		}
		if room, _ := cgroupRoom(tree); room < 0 {
			t.Errorf("%d bytes left", room)
		}
	})
}

// TestAvailable is on this machine, whatever it is.
func TestAvailable(t *testing.T) {
	if _, err := os.Stat("/proc/meminfo"); err != nil {
		t.Skip("no /proc")
	}
	if n := available(); n <= 0 {
		t.Errorf("%d bytes", n)
	}
}
