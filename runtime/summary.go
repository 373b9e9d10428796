package runtime

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/null"
	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/internal/strictjson"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/safetensors"
	"github.com/rocmforge/rocmforge/stores"
)

// A Summary is what a model's headers tell, of any architecture. What is not
// known is empty or 0.
type Summary struct {
	Architecture string
	Kind         string // "model", or as a GGUF file says: "adapter", "mmproj"
	Type         string // that most bytes are of, or a method of quantization that is not read
	Bytes        int64  // of the files with weights
	Parameters   int64
	Context      int   // tokens that the model was trained for
	Supported    bool  // the architecture is one of ours
	Fits         []Fit // one for each device; none if it would not run anyway
}

// A Fit is what memory a model would take on a device.
type Fit struct {
	Device string
	Plan   Plan
	Err    error // why it would not be opened there: a *FitError, or what the device cannot do
}

// Summarize reads the headers of a GGUF file or a Hugging Face folder, without
// its vocabulary, and plans its memory on devices that it does not open. An
// error, a *ModelError, says why the model would be refused everywhere; what
// was found out before that is returned with it.
func Summarize(path string, devices []DeviceInfo, o Options) (s Summary, err error) {
	defer contain(&err)
	f := &file{path: path}
	if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
		err = s.readFolder(f)
	} else {
		err = s.readGGUF(f)
	}
	if f.source != nil {
		defer f.source.Close()
	}
	if err != nil {
		return s, &ModelError{path, err}
	}
	for _, d := range devices {
		fit := estimate(f, d, o)
		if refused := (*ModelError)(nil); errors.As(fit.Err, &refused) {
			s.Fits = nil
			return s, fit.Err
		}
		s.Fits = append(s.Fits, fit)
	}
	return s, nil
}

func (s *Summary) readGGUF(f *file) error {
	g, err := gguf.OpenHeaders(f.path)
	if err != nil {
		return err
	}
	s.Architecture, _ = g.Metadata.StringOr("general.architecture", "")
	context, _ := g.Metadata.UintOr(s.Architecture+".context_length", math.MaxInt32, 0)
	s.Context, s.Bytes = int(context), g.Size()
	if s.Kind, _ = g.Metadata.StringOr("general.type", "model"); s.Architecture == "clip" {
		s.Kind = "mmproj" // of files from before there were types
	}
	if f.source, err = weights.FromGGUF(g, true); err != nil {
		return errors.Join(err, g.Close())
	}
	s.count(f.source)
	f.config, err = models.ReadGGUFConfig(g)
	s.Supported = s.Kind == "model" && isSupported(err)
	return err
}

func (s *Summary) readFolder(f *file) error {
	var c struct {
		Type    string   `json:"model_type"`
		Context int      `json:"max_position_embeddings"`
		Text    struct { // of models that read images, too
			Context int `json:"max_position_embeddings"`
		} `json:"text_config"`
		Quantization struct {
			Method string `json:"quant_method"`
		} `json:"quantization_config"`
	}
	s.Kind = "model"
	err := strictjson.ReadFile(filepath.Join(f.path, "config.json"), maxTokenizerConfig, &c)
	s.Architecture, s.Context, s.Type = c.Type, max(c.Context, c.Text.Context, 0), c.Quantization.Method
	config, configErr := models.ReadHFConfig(f.path)
	f.config, s.Supported = config, c.Type != "" && isSupported(configErr)
	if lack := stores.Lacks(f.path); lack != nil {
		return lack
	}
	if err != nil {
		return err
	}
	if st, err := safetensors.Open(f.path); err == nil {
		s.Bytes = st.Size()
		st.Close()
	}
	if f.source, err = weights.OpenFolder(f.path); err != nil {
		return err
	}
	s.count(f.source)
	return configErr
}

// isSupported says whether an error of a configuration is not about the
// architecture.
func isSupported(err error) bool {
	other := (*models.ArchitectureError)(nil)
	return !errors.As(err, &other)
}

// count adds up the tensors.
func (s *Summary) count(src weights.Source) {
	of, most := map[quant.Type]int{}, quant.Type(0)
	for _, name := range src.Names() {
		t, _ := src.Tensor(name)
		n := int64(1)
		for _, d := range t.Shape {
			n *= int64(d)
		}
		s.Parameters += n
		if of[t.Type] += t.Size; of[t.Type] > of[most] {
			most = t.Type
		}
	}
	if format, ok := quant.Lookup(most); ok && of[most] > 0 {
		s.Type = format.Name
	}
}

// estimate plans the memory on a device from what is known of it.
func estimate(f *file, d DeviceInfo, o Options) (fit Fit) {
	fit.Device = d.Name
	defer contain(&fit.Err)
	m := &Model{dev: null.New(d.caps())}
	if fit.Err = m.configure(f, &o); fit.Err != nil {
		return fit
	}
	if fit.Err = m.fit(f, o); fit.Err != nil {
		return fit
	}
	fit.Plan = m.plan
	fit.Plan.Available = d.Available
	fit.Err = fit.Plan.check()
	return fit
}

// caps are the device's, as far as its description tells.
func (i DeviceInfo) caps() device.Caps {
	if i.Kind == "cpu" {
		return device.Caps{Kind: "cpu", Arch: i.Arch, Workers: i.Workers, Wave: 1, Host: true}
	}
	wave := 32
	if strings.HasPrefix(i.Arch, "gfx9") { // GCN and CDNA
		wave = 64
	}
	a, _ := kernels.ArchOf(i.Arch, wave)
	return device.Caps{Kind: "hip", Arch: a.Name, Workers: i.Workers, Wave: a.Wave, Matrix: a.Matrix, MX: a.MX}
}
