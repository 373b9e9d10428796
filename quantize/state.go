package quantize

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rocmforge/rocmforge/internal/safefile"
)

// begin makes the folder of parts, or finds out that it is there from a run that
// did the same. Parts of another one are thrown away.
func (j *job) begin() error {
	state, err := j.state()
	if err != nil {
		return err
	}
	file := filepath.Join(j.work, "state.json")
	if before, err := safefile.ReadFile(file, 1<<20); err == nil && string(before) == state {
		return nil
	}
	if err := os.RemoveAll(j.work); err != nil {
		return err
	}
	if err := os.Mkdir(j.work, 0o755); err != nil {
		return err
	}
	return safefile.WriteFile(file, []byte(state))
}

// state is all that the result depends on. Weights are known by size and time,
// as build tools know files.
func (j *job) state() (string, error) {
	s := struct {
		Version                                  int
		Scheme, Algorithm, Calibration, KV, Text string
		Exclude                                  []string
		Input                                    map[string]string
	}{1, j.Scheme.text, j.Algorithm, j.Calibration, j.KVCache.String(), "", j.Exclude, map[string]string{}}
	files, err := filepath.Glob(filepath.Join(j.in, "*"))
	if err != nil {
		return "", err
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			return "", err
		}
		s.Input[f] = fmt.Sprint(info.Size(), " ", info.ModTime().UnixNano())
	}
	if j.Calibration != "" {
		text, err := safefile.ReadFile(j.Calibration, maxCalibration)
		if err != nil {
			return "", err
		}
		sum := sha256.Sum256(text)
		s.Text = hex.EncodeToString(sum[:])
	}
	b, err := json.Marshal(s)
	return string(b), err
}

// part is the file of a layer, or of what belongs to none.
func (j *job) part(layer int) string {
	return filepath.Join(j.work, fmt.Sprintf("part-%05d.safetensors", layer))
}

// reports gives what an earlier run said of a part that it finished.
func (j *job) reports(layer int) (r []TensorReport, done bool) {
	if _, err := os.Stat(j.part(layer)); err != nil {
		return nil, false
	}
	text, err := safefile.ReadFile(j.part(layer)+".json", 1<<26)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	return r, err == nil
}

// write keeps a part and its report; the part's own file comes last.
func (j *job) write(layer int, p *part) error {
	text, err := json.Marshal(p.reports)
	if err != nil {
		return err
	}
	return errors.Join(safefile.WriteFile(j.part(layer)+".json", text), p.save(j.part(layer)))
}
