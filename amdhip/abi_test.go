package amdhip

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/abi.txt from AMD's headers")

const abiGolden = "testdata/abi.txt"

// An abiEntry is a number that this package has from AMD's headers: what it is
// called in testdata/abi.txt, the C expression for it, and our value.
type abiEntry struct {
	name, c string
	value   int
}

// abi lists all those numbers.
func abi() []abiEntry {
	var out []abiEntry
	layouts := map[string]layout{"hipDeviceProp_t": r0600, "hipDeviceProp_tR0000": r0000}
	for _, name := range slices.Sorted(maps.Keys(layouts)) {
		v := reflect.ValueOf(layouts[name])
		for i := range v.NumField() {
			field := v.Type().Field(i).Name
			c := fmt.Sprintf("offsetof(%s, %s)", name, field)
			if field == "size" {
				c = fmt.Sprintf("sizeof(%s)", name)
			}
			out = append(out, abiEntry{name + "." + field, c, int(v.Field(i).Int())})
		}
	}
	for _, c := range slices.Sorted(maps.Keys(codeNames)) {
		out = append(out, abiEntry{codeNames[c], codeNames[c], int(c)})
	}
	for _, name := range slices.Sorted(maps.Keys(constants)) {
		out = append(out, abiEntry{name, name, constants[name]})
	}
	return out
}

// constants are the others, under their names in C.
var constants = map[string]int{
	"hipDeviceAttributeClockRate":                        int(AttributeClockRate),
	"hipDeviceAttributeIntegrated":                       int(AttributeIntegrated),
	"hipDeviceAttributeL2CacheSize":                      int(AttributeL2CacheSize),
	"hipDeviceAttributeMaxThreadsPerBlock":               int(AttributeMaxThreadsPerBlock),
	"hipDeviceAttributeMaxThreadsPerMultiProcessor":      int(AttributeMaxThreadsPerMultiProcessor),
	"hipDeviceAttributeMemoryBusWidth":                   int(AttributeMemoryBusWidth),
	"hipDeviceAttributeMemoryClockRate":                  int(AttributeMemoryClockRate),
	"hipDeviceAttributeMultiprocessorCount":              int(AttributeMultiprocessorCount),
	"hipDeviceAttributePciBusId":                         int(AttributePciBusId),
	"hipDeviceAttributePciDeviceId":                      int(AttributePciDeviceId),
	"hipDeviceAttributePciDomainID":                      int(AttributePciDomainID),
	"hipDeviceAttributeMaxRegistersPerBlock":             int(AttributeMaxRegistersPerBlock),
	"hipDeviceAttributeMaxRegistersPerMultiprocessor":    int(AttributeMaxRegistersPerMultiprocessor),
	"hipDeviceAttributeMaxSharedMemoryPerBlock":          int(AttributeMaxSharedMemoryPerBlock),
	"hipDeviceAttributeSharedMemPerBlockOptin":           int(AttributeSharedMemPerBlockOptin),
	"hipDeviceAttributeSharedMemPerMultiprocessor":       int(AttributeSharedMemPerMultiprocessor),
	"hipDeviceAttributeWarpSize":                         int(AttributeWarpSize),
	"hipDeviceAttributeMaxSharedMemoryPerMultiprocessor": int(AttributeMaxSharedMemoryPerMultiprocessor),
	"hipDeviceAttributeIsLargeBar":                       int(AttributeIsLargeBar),
	"hipDeviceAttributeAsicRevision":                     int(AttributeAsicRevision),
	"hipDeviceAttributePhysicalMultiProcessorCount":      int(AttributePhysicalMultiProcessorCount),
	"hipDeviceAttributeWallClockRate":                    int(AttributeWallClockRate),
	"HIP_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK":           int(FuncMaxThreadsPerBlock),
	"HIP_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES":               int(FuncSharedSizeBytes),
	"HIP_FUNC_ATTRIBUTE_CONST_SIZE_BYTES":                int(FuncConstSizeBytes),
	"HIP_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES":                int(FuncLocalSizeBytes),
	"HIP_FUNC_ATTRIBUTE_NUM_REGS":                        int(FuncNumRegs),
	"HIP_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES":   int(FuncMaxDynamicSharedSizeBytes),
	"hipMemcpyHostToHost":                                int(MemcpyHostToHost),
	"hipMemcpyHostToDevice":                              int(MemcpyHostToDevice),
	"hipMemcpyDeviceToHost":                              int(MemcpyDeviceToHost),
	"hipMemcpyDeviceToDevice":                            int(MemcpyDeviceToDevice),
	"hipMemcpyDefault":                                   int(MemcpyDefault),
	"hipHostMallocDefault":                               HostMallocDefault,
	"hipHostMallocPortable":                              HostMallocPortable,
	"hipHostMallocMapped":                                HostMallocMapped,
	"hipHostMallocWriteCombined":                         HostMallocWriteCombined,
	"hipHostMallocCoherent":                              HostMallocCoherent,
	"hipHostMallocNonCoherent":                           HostMallocNonCoherent,
	"hipStreamDefault":                                   StreamDefault,
	"hipStreamNonBlocking":                               StreamNonBlocking,
	"hipEventDefault":                                    EventDefault,
	"hipEventBlockingSync":                               EventBlockingSync,
	"hipEventDisableTiming":                              EventDisableTiming,
	"hipStreamCaptureModeGlobal":                         int(CaptureModeGlobal),
	"hipStreamCaptureModeThreadLocal":                    int(CaptureModeThreadLocal),
	"hipStreamCaptureModeRelaxed":                        int(CaptureModeRelaxed),
	"(long)HIP_LAUNCH_PARAM_BUFFER_POINTER":              paramBufferPointer,
	"(long)HIP_LAUNCH_PARAM_BUFFER_SIZE":                 paramBufferSize,
	"(long)HIP_LAUNCH_PARAM_END":                         paramEnd,
}

// TestABI compares our numbers with those that AMD's headers gave.
func TestABI(t *testing.T) {
	want, err := os.ReadFile(abiGolden)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, e := range abi() {
		fmt.Fprintf(&got, "%s %d\n", e.name, e.value)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("AMD's headers (-), this package (+):\n%s", diff)
	}
}

// TestABIHeaders asks a C compiler for them, with AMD's headers of HIP 6.4.
func TestABIHeaders(t *testing.T) {
	include := headers(t)
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("no gcc")
	}
	var c strings.Builder
	c.WriteString("#include <hip/hip_runtime_api.h>\n#include <hip/hip_deprecated.h>\n#include <stdio.h>\nint main(void) {\n")
	for _, e := range abi() {
		fmt.Fprintf(&c, "\tprintf(\"%s %%lld\\n\", (long long)(%s));\n", e.name, e.c)
	}
	c.WriteString("}\n")
	program := filepath.Join(t.TempDir(), "abi")
	cmd := exec.Command(gcc, "-x", "c", "-D__HIP_PLATFORM_AMD__", "-I"+include, "-o", program, "-")
	cmd.Stdin = strings.NewReader(c.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := exec.Command(program).Output()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(abiGolden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(abiGolden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s (-), the headers (+):\n%s", abiGolden, cmp.Diff(string(want), string(got)))
	}
}

// headers finds the folder with hip/hip_runtime_api.h of HIP 6, or skips.
func headers(t *testing.T) string {
	t.Helper()
	root := os.Getenv("ROCM_USERSPACE")
	if root == "" {
		root = "/var/tmp/rocm-userspace"
	}
	for _, dir := range []string{filepath.Join(root, "usr/include"), "/opt/rocm/include", "/usr/include"} {
		version, err := os.ReadFile(filepath.Join(dir, "hip/hip_version.h"))
		_, old := os.Stat(filepath.Join(dir, "hip/hip_deprecated.h"))
		if err == nil && old == nil && bytes.Contains(version, []byte("HIP_VERSION_MAJOR 6\n")) {
			return dir
		}
	}
	t.Skip("no headers of HIP 6")
	return ""
}

// TestReadProperties fills both layouts and reads them.
func TestReadProperties(t *testing.T) {
	for name, w := range map[string]layout{"r0600": r0600, "r0000": r0000} {
		b := make([]byte, propertiesRoom)
		if w.size > len(b) {
			t.Fatalf("%s: %d bytes", name, w.size)
		}
		copy(b[w.name:], "a GPU\x00")
		copy(b[w.gcnArchName:], strings.Repeat("x", 256)) // without a zero byte
		b[w.totalGlobalMem+4] = 3
		b[w.warpSize], b[w.integrated], b[w.maxGridSize+8], b[w.asicRevision] = 64, 1, 7, 2
		p := w.read(b)
		if p.Name != "a GPU" || p.ArchName[:256] != strings.Repeat("x", 256) || p.TotalGlobalMem != 3<<32 || p.WarpSize != 64 ||
			!p.Integrated || p.MaxGridSize[2] != 7 || p.ASICRevision != 2 || p.PCIBus != 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
