package sysfs_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocmforge/rocmforge/internal/sysfs"
	"github.com/rocmforge/rocmforge/internal/sysfs/sysfstest"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

// TestTrees compares what is read from each tree with its golden.
func TestTrees(t *testing.T) {
	for _, name := range sysfstest.Names {
		f := sysfs.At(sysfstest.Tree(t, name))
		gpus, err := f.GPUs()
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := json.MarshalIndent(map[string]any{"driver": f.Driver(), "gpus": gpus}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestArch(t *testing.T) {
	for target, want := range map[int64]sysfs.Text{
		110000: "gfx1100", 110001: "gfx1101", 110003: "gfx1103", 110501: "gfx1151", 120001: "gfx1201",
		90500: "gfx950", 90402: "gfx942", 90010: "gfx90a", 90008: "gfx908", 100300: "gfx1030",
		0: "", -1: "", 91600: "", 90016: "", 1 << 40: "",
	} {
		if got := sysfs.Arch(target); got != want {
			t.Errorf("%d: %q, want %q", target, got, want)
		}
	}
}

// TestNonsense: whatever a file holds, it is a value in range or unknown.
func TestNonsense(t *testing.T) {
	const dir = "sys/class/drm/card0/device/"
	for _, content := range []string{"", "\n", "x\n", "-1\n", "101\n", "+5\n", " 5\n", "5 \n", "5\n5\n", "0x5\n", "9223372036854775808\n", "5\x00"} {
		root := sysfstest.Tree(t, "rx7900xtx")
		sysfstest.Write(t, root, dir+"gpu_busy_percent", content)
		if g := only(t, root); g.Use != nil {
			t.Errorf("gpu_busy_percent %q is %d", content, *g.Use)
		}
	}
	for _, content := range []string{"", "*", ": *", "0: Mhz *", "0: -5Mhz *", "0: 5Mhz", "0: 5Mhz*\n", "1: 5GHz *\n", "0: 999999999Mhz *\n"} {
		root := sysfstest.Tree(t, "rx7900xtx")
		sysfstest.Write(t, root, dir+"pp_dpm_sclk", content)
		if g := only(t, root); g.CoreClock == nil || *g.CoreClock != 2482 {
			t.Errorf("pp_dpm_sclk %q: the sensor's value is not used: %v", content, g.CoreClock)
		}
	}
}

func TestNameIsHarmless(t *testing.T) {
	root := sysfstest.Tree(t, "rx7900xtx")
	sysfstest.Write(t, root, "sys/class/drm/card0/device/product_name", "\x1b[31mRed\u202e \x07card\r\x7f\n")
	if g := only(t, root); g.Name != "[31mRed card" {
		t.Errorf("name %q", g.Name)
	}
	sysfstest.Write(t, root, "sys/class/drm/card0/device/product_name", string(make([]byte, 1<<20)))
	if g := only(t, root); g.Name != "AMD Radeon RX 7900 XTX" {
		t.Errorf("a file over the limit was read: %q", g.Name)
	}
}

// TestKind without board_info, as before Linux 6.7.
func TestKind(t *testing.T) {
	for _, test := range []struct {
		header string
		target string
		want   sysfs.Kind
	}{
		{"78 00 01 03", "110000", sysfs.Discrete},
		{"78 00 02 01", "110003", sysfs.Integrated},
		{"08 01 03 00", "110501", sysfs.Integrated},
		{"08 03 01 05", "90402", sysfs.UnknownKind}, // MI300A or MI300X
		{"78 00", "110000", sysfs.UnknownKind},
		{"78 00 09 00", "110000", sysfs.UnknownKind},
	} {
		root := sysfstest.Tree(t, "rx7900xtx")
		if err := os.Remove(filepath.Join(root, "sys/class/drm/card0/device/board_info")); err != nil {
			t.Fatal(err)
		}
		sysfstest.Write(t, root, "sys/class/drm/card0/device/gpu_metrics.hex", test.header)
		sysfstest.Write(t, root, "sys/class/kfd/kfd/topology/nodes/1/properties", "gfx_target_version "+test.target+"\ndrm_render_minor 128\n")
		if g := only(t, root); g.Kind != test.want {
			t.Errorf("%s %s: %s, want %s", test.header, test.target, g.Kind, test.want)
		}
	}
}

func only(t *testing.T, root string) sysfs.GPU {
	t.Helper()
	gpus, err := sysfs.At(root).GPUs()
	if err != nil || len(gpus) != 1 {
		t.Fatalf("%d GPUs, %v", len(gpus), err)
	}
	return gpus[0]
}

func TestHost(t *testing.T) {
	f, err := sysfs.Host()
	if runtime.GOOS != "linux" {
		if err == nil {
			t.Error("no error")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.GPUs(); err != nil {
		t.Error(err)
	}
}
