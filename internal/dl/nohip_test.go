package dl

import (
	"os/exec"
	"strings"
	"testing"
)

// TestNohip makes sure that the tag leaves purego out of what users link.
func TestNohip(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go tool")
	}
	for tags, want := range map[string]bool{"": true, "nohip": false} {
		c := exec.Command("go", "list", "-deps", "-tags", tags, "../../amdhip", "../../hiprtc")
		c.Env = append(c.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if got := strings.Contains(string(out), "ebitengine/purego"); got != want {
			t.Errorf("with -tags %q: purego is linked: %v", tags, got)
		}
	}
}
