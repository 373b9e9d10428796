package doctor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocmforge/rocmforge/internal/doctor"
	"github.com/rocmforge/rocmforge/internal/sysfs"
	"github.com/rocmforge/rocmforge/internal/sysfs/sysfstest"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

// machine is a healthy one with the tree's GPUs; change makes it another.
func machine(t *testing.T, tree string, change func(e *doctor.Env, vars map[string]string)) doctor.Env {
	vars := map[string]string{}
	root := sysfstest.Tree(t, tree)
	e := doctor.Env{
		System:    "linux",
		Files:     sysfs.At(root),
		Lookup:    func(key string) (string, bool) { v, ok := vars[key]; return v, ok },
		Libraries: libraries("7.0.51831"),
		Open: func(path string) error {
			if _, err := os.Stat(path); err != nil {
				return &fs.PathError{Op: "open", Path: strings.TrimPrefix(path, root), Err: fs.ErrNotExist}
			}
			return nil
		},
		Groups: func() ([]string, error) { return []string{"ann", "render", "video"}, nil },
		Free:   func(string) (int64, error) { return 100 << 30, nil },
		Run:    func(context.Context, string, ...string) (string, error) { return "", exec.ErrNotFound },
		Cache:  func() (string, error) { return "/home/ann/.cache/rocmforge/kernels", nil },
	}
	if change != nil {
		change(&e, vars)
	}
	return e
}

func libraries(version string) []func() doctor.Library {
	return []func() doctor.Library{
		func() doctor.Library {
			return doctor.Library{Name: "libamdhip64", Path: "/opt/rocm/lib/libamdhip64.so", Version: version}
		},
		func() doctor.Library {
			return doctor.Library{Name: "libhiprtc", Path: "/opt/rocm/lib/libhiprtc.so", Version: version}
		},
	}
}

func denied(path string) error { return &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission} }

// TestGolden compares whole reports, as text and as JSON.
func TestGolden(t *testing.T) {
	for _, test := range []struct {
		name, tree string
		problems   int
		change     func(e *doctor.Env, vars map[string]string)
	}{
		{"rx7900xtx", "rx7900xtx", 0, withTools},
		{"mi300x", "mi300x", 0, nil},
		{"phoenix", "phoenix", 0, nil},
		{"none", "none", 3, nil}, // no driver, no kfd, no GPU
		{"nohip", "rx7900xtx", 1, func(e *doctor.Env, _ map[string]string) { e.Libraries = nil }},
		{"windows", "none", 0, func(e *doctor.Env, _ map[string]string) { e.System = "windows" }},
		{"broken", "rx7900xtx", 5, broken},
	} {
		r := doctor.Examine(t.Context(), machine(t, test.tree, test.change))
		if r.Problems != test.problems {
			t.Errorf("%s: %d problems, want %d", test.name, r.Problems, test.problems)
		}
		var text bytes.Buffer
		if err := r.WriteText(&text, 80); err != nil {
			t.Fatal(err)
		}
		compare(t, test.name+".txt", text.Bytes())
		b, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		compare(t, test.name+".json", append(b, '\n'))
	}
}

func compare(t *testing.T, name string, got []byte) {
	t.Helper()
	golden := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", golden, diff)
	}
}

// withTools has what doctor asks for versions.
func withTools(e *doctor.Env, _ map[string]string) {
	e.Run = func(_ context.Context, name string, args ...string) (string, error) {
		switch strings.Join(append([]string{name}, args[0]), " ") {
		case "rocm-smi --version":
			return "ROCM-SMI version: 4.0.0+fc0010cf6a\nROCM-SMI-LIB version: 7.8.0\n", nil
		case "rocm-smi --showproductname":
			return "\n====== ROCm System Management Interface ======\n" +
				"GPU[0]\t\t: Card Series: \t\tAMD Radeon RX 7900 XTX\nGPU[0]\t\t: Card Model: \t\t0x744c\n", nil
		case "amd-smi version":
			return "AMDSMI Tool: 26.0.0 | AMDSMI Library version: 26.0.0 | ROCm version: 7.0.0\n", nil
		case "python3 -c":
			return "0.10\n", nil
		}
		return "", exec.ErrNotFound
	}
}

// broken has about everything wrong that can be.
func broken(e *doctor.Env, vars map[string]string) {
	e.Libraries = []func() doctor.Library{
		func() doctor.Library {
			return doctor.Library{Name: "libamdhip64", Err: errors.New("libamdhip64.so.7: not found\ntried /opt/rocm/lib")}
		},
		e.Libraries[1],
	}
	e.Open = denied
	e.Groups = func() ([]string, error) { return []string{"ann"}, nil }
	vars["HSA_OVERRIDE_GFX_VERSION"] = "10.3.0"
	vars["HIP_VISIBLE_DEVICES"] = "-1"
	vars["ROCR_VISIBLE_DEVICES"] = "0\x1b[2J"
	e.Free = func(dir string) (int64, error) { return -1, denied(dir) }
	e.Run = func(ctx context.Context, name string, _ ...string) (string, error) {
		return "", errors.New(name + ": exit status 1")
	}
}
