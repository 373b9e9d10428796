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
	"github.com/rocmforge/rocmforge/safetensors"
)

// begin takes the folder of parts for this process alone, or finds out that
// another one is at work. Parts of a run with another input or other options are
// thrown away.
func (j *job) begin() (err error) {
	state, err := j.state()
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(state))
	j.mark = hex.EncodeToString(sum[:])
	file := filepath.Join(j.work, "state.json")
	if j.owned, err = safefile.Own(j.work, func() error { return j.isOurs(file) }); err != nil {
		return err
	}
	before, err := safefile.ReadFile(file, maxState)
	if err == nil && string(before) == state {
		return nil
	}
	if err == nil && j.Warn != nil {
		j.Warn(j.work + " has parts of a run with another input or other options; they are thrown away")
	}
	return errors.Join(j.owned.Empty(), safefile.WriteFile(file, []byte(state)))
}

// isOurs refuses a folder that is no folder of parts: a user's may have that
// name, too.
func (j *job) isOurs(file string) error {
	var s struct {
		Version int
		Input   map[string]string
	}
	text, err := safefile.ReadFile(file, maxState)
	if err != nil || json.Unmarshal(text, &s) != nil || s.Version == 0 || s.Input == nil {
		return fmt.Errorf("%s would hold the parts of this run, and it is there and no folder of parts", j.work)
	}
	return nil
}

// maxState bounds state.json.
const maxState = 1 << 20

// state is all that the result depends on. Weights are known by size and time,
// as build tools know files.
func (j *job) state() (string, error) {
	s := struct {
		Version                                  int
		Scheme, Algorithm, Calibration, KV, Text string
		Exclude                                  []string
		Input                                    map[string]string
	}{1, j.Scheme.text, j.Algorithm, j.Calibration, j.KVCache.String(), "", j.Exclude, map[string]string{}}
	files, err := os.ReadDir(j.in)
	if err != nil {
		return "", err
	}
	for _, e := range files {
		f := filepath.Join(j.in, e.Name())
		info, err := os.Stat(f)
		if err != nil {
			return "", err
		}
		if info.IsDir() || j.isOutput(info) { // the output, which may lie here, is no input
			continue
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

func (j *job) isOutput(info os.FileInfo) bool {
	out, err := os.Stat(j.out)
	return err == nil && os.SameFile(out, info)
}

// part is the file of a layer, or of what belongs to none.
func (j *job) part(layer int) string {
	return filepath.Join(j.work, fmt.Sprintf("part-%05d.safetensors", layer))
}

// markKey is where a part's file says which run it is of.
const markKey = "rocmforge.run"

// openPart opens a part that a run with this input and these options wrote.
func (j *job) openPart(layer int) (*safetensors.File, error) {
	f, err := safetensors.Open(j.part(layer))
	if err != nil {
		return nil, err
	}
	if f.Metadata[markKey] != j.mark {
		f.Close()
		return nil, fmt.Errorf("%s is a part of another run", j.part(layer))
	}
	return f, nil
}

// reports gives what an earlier run said of a part that it finished.
func (j *job) reports(layer int) (r []TensorReport, done bool) {
	f, err := j.openPart(layer)
	if err != nil {
		return nil, false
	}
	if f.Close() != nil {
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
	return errors.Join(safefile.WriteFile(j.part(layer)+".json", text), p.save(j.part(layer), j.mark))
}
