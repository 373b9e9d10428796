package cpu

import (
	"bufio"
	"bytes"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// A container's memory is limited by control groups (cgroups(7)), of version 2 or
// 1, at every level from the process's group up: /proc/meminfo knows nothing of
// them, and the kernel kills who goes beyond.

// limitFiles are the names of a version's files. Of page cache the part that is
// not in active use is given back before anybody is killed, and so counts as free.
type limitFiles struct {
	limits          []string
	usage, inactive string // inactive is a line of memory.stat
}

var (
	limitsV1 = limitFiles{[]string{"memory.limit_in_bytes"}, "memory.usage_in_bytes", "total_inactive_file"}
	limitsV2 = limitFiles{[]string{"memory.max", "memory.high"}, "memory.current", "inactive_file"}
)

// cgroupRoom is how many bytes the control groups of this process leave it, and
// false if they set no limit. root is "/". What cannot be read limits nothing.
func cgroupRoom(root fs.FS) (room int64, limited bool) {
	groups := memoryGroups(readSmall(root, "proc/self/cgroup"))
	for _, m := range memoryMounts(readSmall(root, "proc/self/mountinfo")) {
		group, ok := groups[m.v2]
		if !ok {
			continue
		}
		files := &limitsV1
		if m.v2 {
			files = &limitsV2
		}
		for _, dir := range m.levels(group) {
			if n, ok := files.room(root, dir); ok && (!limited || n < room) {
				room, limited = n, true
			}
		}
	}
	return room, limited
}

// room is what one group leaves.
func (l *limitFiles) room(root fs.FS, dir string) (room int64, limited bool) {
	usage, ok := parseBytes(readSmall(root, path.Join(dir, l.usage)))
	if !ok {
		return 0, false
	}
	usage -= min(usage, statLine(readSmall(root, path.Join(dir, "memory.stat")), l.inactive))
	for _, name := range l.limits {
		limit, ok := parseBytes(readSmall(root, path.Join(dir, name)))
		if n := max(limit-usage, 0); ok && (!limited || n < room) {
			room, limited = n, true
		}
	}
	return room, limited
}

// memoryGroups are the process's groups in the hierarchies that limit memory:
// lines "ID:CONTROLLERS:PATH", with neither number nor controllers for version 2.
func memoryGroups(text []byte) map[bool]string {
	groups := map[bool]string{}
	for line := range lines(text) {
		f := strings.SplitN(line, ":", 3)
		if len(f) != 3 || !strings.HasPrefix(f[2], "/") {
			continue
		}
		v2 := f[0] == "0" && f[1] == ""
		if v2 || hasOption(f[1], "memory") {
			groups[v2] = f[2]
		}
	}
	return groups
}

// mount is a hierarchy: the group root of it is seen at the folder at.
type mount struct {
	v2       bool
	root, at string
}

// memoryMounts reads mountinfo (proc_pid_mountinfo(5)): "36 35 98:0 ROOT AT
// OPTIONS [...] - TYPE SOURCE OPTIONS".
func memoryMounts(text []byte) (mounts []mount) {
	for line := range lines(text) {
		before, after, ok := strings.Cut(line, " - ")
		f, g := strings.Fields(before), strings.Fields(after)
		if !ok || len(f) < 5 || len(g) < 3 {
			continue
		}
		v2 := g[0] == "cgroup2"
		if v2 || g[0] == "cgroup" && hasOption(g[2], "memory") {
			mounts = append(mounts, mount{v2, unescape(f[3]), unescape(f[4])})
		}
	}
	return mounts
}

// levels are the folders from the group up to where the hierarchy is mounted. A
// group outside what is mounted, as in some containers, is seen there itself.
func (m mount) levels(group string) (dirs []string) {
	top := strings.TrimPrefix(path.Clean(m.at), "/")
	inside := path.Clean(group)
	if root := path.Clean(m.root); root != "/" {
		rest, ok := strings.CutPrefix(inside, root)
		if !ok || rest != "" && rest[0] != '/' {
			rest = ""
		}
		inside = "/" + rest
	}
	for dir := path.Clean(inside); ; dir = path.Dir(dir) {
		dirs = append(dirs, path.Join(top, dir))
		if dir == "/" {
			return dirs
		}
	}
}

// maxSmall bounds a file of the kernel's.
const maxSmall = 1 << 20

// readSmall is a file's content, or nothing.
func readSmall(root fs.FS, name string) []byte {
	f, err := root.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSmall))
	if err != nil {
		return nil
	}
	return b
}

func lines(text []byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
			if !yield(s.Text()) {
				return
			}
		}
	}
}

// parseBytes reads a number of bytes; "max", and version 1's huge number for it,
// is none.
func parseBytes(text []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	return n, err == nil && n >= 0 && n < 1<<60
}

// statLine is the number behind a name in memory.stat, or 0.
func statLine(text []byte, name string) int64 {
	for line := range lines(text) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			n, _ := parseBytes([]byte(rest))
			return max(n, 0)
		}
	}
	return 0
}

func hasOption(list, option string) bool {
	return strings.Contains(","+list+",", ","+option+",")
}

// unescape undoes the octal escapes of mountinfo.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}
