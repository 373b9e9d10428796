package amdhip

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/hiprtc"
	"github.com/rocmforge/rocmforge/internal/dl"
	"github.com/rocmforge/rocmforge/internal/hipstand"
)

// opened skips where the library is not there; any other error is one.
func opened(t testing.TB, l *Library, err error) *Library {
	t.Helper()
	if errors.Is(err, dl.ErrUnsupported) {
		t.Skip(err)
	}
	if _, ok := errors.AsType[*dl.NotFoundError](err); ok {
		t.Log(err)
		t.Skip("libamdhip64 is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestReal asks AMD's own library, with or without a GPU.
func TestReal(t *testing.T) {
	if !hipstand.Alone(t) {
		return
	}
	found, err := Open(Options{})
	l := opened(t, found, err)
	fn := reflect.ValueOf(l.fn)
	for i := range fn.NumField() {
		if fn.Field(i).Uint() == 0 {
			t.Errorf("%s has no hip%s", l.Path(), fn.Type().Field(i).Name)
		}
	}
	info := Find(Options{})
	if info.Err != nil || info.Path != l.Path() || info.Runtime.Major() < 5 {
		t.Errorf("%+v", info)
	}
	t.Logf("%s, HIP %v; tried %v", info.Path, info.Runtime, info.Tried)
	if name, text := l.GetErrorName(IllegalAddress), l.GetErrorString(IllegalAddress); name != "hipErrorIllegalAddress" || text == "" {
		t.Errorf("700 is %q, %q", name, text)
	}
	if _, err := hiprtc.Open(hiprtc.Options{Dir: filepath.Dir(l.Path())}); err != nil {
		t.Logf("libhiprtc beside it: %v", err)
	}
	if n, err := l.GetDeviceCount(); err == nil && n > 0 {
		testDevice(t, l)
	} else {
		testNoDevice(t, l)
	}
}

// testNoDevice wants an error from everything that needs a device.
func testNoDevice(t *testing.T, l *Library) {
	_, count := l.GetDeviceCount()
	_, malloc := l.Malloc(16)
	_, stream := l.StreamCreateWithFlags(StreamNonBlocking)
	_, properties := l.GetDeviceProperties(0)
	_, module := l.ModuleLoadData(make([]byte, 64))
	for call, err := range map[string]error{
		"hipGetDeviceCount": count, "hipInit": l.Init(0), "hipSetDevice": l.SetDevice(0), "hipMalloc": malloc,
		"hipStreamCreateWithFlags": stream, "hipGetDevicePropertiesR0600": properties, "hipModuleLoadData": module,
	} {
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Call != call || !errors.Is(err, NoDevice) || e.Name != "hipErrorNoDevice" || !strings.HasPrefix(err.Error(), call+": hipErrorNoDevice (100): ") {
			t.Errorf("%s without a device: %v", call, err)
		}
		if DeviceLost(err) {
			t.Errorf("%v is a lost device", err)
		}
	}
}

// testDevice reads device 0.
func testDevice(t *testing.T, l *Library) {
	p, err := l.GetDeviceProperties(0)
	if err != nil || !strings.HasPrefix(p.ArchName, "gfx") || p.WarpSize != 32 && p.WarpSize != 64 {
		t.Errorf("%+v, %v", p, err)
	}
	t.Logf("%+v", p)
}

func TestNothingThere(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(Options{Path: dir})
	if errors.Is(err, dl.ErrUnsupported) {
		if !strings.Contains(err.Error(), "nohip") {
			t.Error(err)
		}
		return
	}
	for _, want := range []string{dir, "libamdhip64", "Install "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not mention %q", err, want)
		}
	}
	if info := Find(Options{Path: dir}); info.Err == nil || len(info.Tried) != 1 || info.Tried[0].Err == nil || info.Path != "" {
		t.Errorf("%+v", info)
	}
	info := Find(Options{Path: "libc.so.6"}) // which Linux has
	if e, ok := errors.AsType[*dl.SymbolError](info.Err); ok && (len(e.Missing) < 40 || info.Path == "") {
		t.Errorf("%+v", info)
	} else if info.Err == nil {
		t.Error("libc is libamdhip64")
	}
}

func TestVersion(t *testing.T) {
	if s := Version(60443484).String(); s != "6.4.43484" {
		t.Error(s)
	}
	if len(names("windows")) == 0 || names("linux")[0] != "libamdhip64.so.8" {
		t.Error("names")
	}
	if s := Code(12345).Error(); s != "hipError_t 12345" {
		t.Error(s)
	}
}
