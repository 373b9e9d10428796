package goldens

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// QuarkDir is the folder of AMD Quark's exports: ROCMFORGE_QUARK, or else
// models/quark under ROCMFORGE_SHARED.
func QuarkDir(t testing.TB) string {
	t.Helper()
	if d := os.Getenv("ROCMFORGE_QUARK"); d != "" {
		return d
	}
	return Shared(t, "models/quark")
}

// QuarkExports lists the exports that have reference data.
func QuarkExports(t testing.TB) (dirs []string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(QuarkDir(t), "*", "goldens.json"))
	if err != nil || len(found) == 0 {
		t.Skipf("no exports of Quark in %s", QuarkDir(t))
	}
	for _, f := range found {
		dirs = append(dirs, whole(t, filepath.Dir(f)))
	}
	return dirs
}

// Quark is one export, or skips.
func Quark(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(QuarkDir(t), name)
	if _, err := os.Stat(filepath.Join(dir, "config.json")); err != nil {
		t.Skipf("the export %s is not there: %v", name, err)
	}
	return whole(t, dir)
}

// whole replaces a file that holds nothing but the path of another one, as
// systems without symbolic links write them: it makes a copy of the export.
func whole(t testing.TB, dir string) string {
	t.Helper()
	const weights = "model.safetensors"
	link, err := os.ReadFile(filepath.Join(dir, weights))
	if err != nil || !bytes.HasPrefix(link, []byte("../")) || len(link) > 1024 {
		return dir
	}
	out := filepath.Join(t.TempDir(), filepath.Base(dir))
	if err := os.CopyFS(out, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, strings.TrimSpace(string(link))))
	if err == nil {
		err = os.Remove(filepath.Join(out, weights))
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(out, weights), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// NPZ reads the float32 arrays of a file that numpy.savez_compressed wrote, by
// their names.
func NPZ(t testing.TB, path string) map[string][]float32 {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	arrays := map[string][]float32{}
	for _, f := range z.File {
		v, err := npy(f)
		if err != nil {
			t.Fatalf("%s: %s: %v", path, f.Name, err)
		}
		arrays[strings.TrimSuffix(f.Name, ".npy")] = v
	}
	return arrays
}

// npy reads one array of little-endian float32 in C's order (numpy's NEP 1).
func npy(f *zip.File) ([]float32, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if len(b) < 10 || string(b[:6]) != "\x93NUMPY" || b[6] != 1 {
		return nil, fmt.Errorf("no npy file of version 1")
	}
	n := 10 + int(binary.LittleEndian.Uint16(b[8:]))
	if len(b) < n || !bytes.Contains(b[:n], []byte("'<f4'")) || !bytes.Contains(b[:n], []byte("'fortran_order': False")) {
		return nil, fmt.Errorf("no float32 array")
	}
	v := make([]float32, (len(b)-n)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[n+4*i:]))
	}
	return v, nil
}
