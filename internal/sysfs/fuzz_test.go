package sysfs

import (
	"regexp"
	"testing"
)

// FuzzNode: whatever a node's properties hold, its architecture is a name or
// nothing, and its address has the form of one.
func FuzzNode(f *testing.F) {
	f.Add("gfx_target_version 110000\nlocation_id 768\ndomain 0\ndrm_render_minor 128\n")
	f.Add("gfx_target_version 90402\nlocation_id 536872192\nhive_id 11638818706288400384\n") // a partition's
	f.Add("gfx_target_version 90010\ndomain -1\nlocation_id -1\n")
	f.Add("gfx_target_version -1\nlocation_id\ndomain 99999999999999999999\n\n  \n")
	arch := regexp.MustCompile(`^(gfx[0-9]{1,2}[0-9a-f]{2})?$`)
	slot := regexp.MustCompile(`^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$`)
	f.Fuzz(func(t *testing.T, properties string) {
		n, ok := parseNode(properties)
		if !ok {
			return
		}
		if a := Arch(n.target); !arch.MatchString(string(a)) || !slot.MatchString(string(n.location)) {
			t.Errorf("%q: %q at %q", properties, a, n.location)
		}
	})
}

// FuzzClean: nothing that steers a terminal gets through.
func FuzzClean(f *testing.F) {
	f.Add("\x1b[31mRed\u202e\x00")
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		for _, r := range got {
			if r < ' ' || r > '~' {
				t.Errorf("%q became %q", s, got)
			}
		}
		if len(got) > maxText {
			t.Errorf("%d bytes", len(got))
		}
	})
}
