package main

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/stores"
	"github.com/spf13/cobra"
)

// modelsResult is the JSON of models.
type modelsResult struct {
	Models []modelResult `json:"models"`
	Places []placeResult `json:"places"`
}

// modelResult is a model that lies on the machine.
type modelResult struct {
	Name         string         `json:"name"` // for -m
	Store        string         `json:"store"`
	Kind         string         `json:"kind"`
	Path         string         `json:"path"`
	Architecture string         `json:"architecture"`
	Supported    bool           `json:"supported"`
	Type         string         `json:"type"` // that most bytes are of
	Bytes        int64          `json:"bytes"`
	Parameters   int64          `json:"parameters"`
	Context      int            `json:"context"`
	Fits         []fitResult    `json:"fits"`
	Problem      string         `json:"problem,omitempty"`
	System       string         `json:"system,omitempty"`
	Template     string         `json:"template,omitempty"`
	Params       map[string]any `json:"params,omitempty"`
}

// fitResult says whether a model fits on a device.
type fitResult struct {
	Device    string `json:"device"`
	Fits      bool   `json:"fits"`
	Needs     int    `json:"needs"`
	Available int    `json:"available"`
	Problem   string `json:"problem,omitempty"`
}

type placeResult struct {
	Store   string `json:"store"`
	Path    string `json:"path"`
	Exists  bool   `json:"exists"`
	Problem string `json:"problem,omitempty"`
}

func (a *app) modelsCommand() *cobra.Command {
	var paths, everything bool
	c := &cobra.Command{
		Use:   "models [flags]",
		Short: "List the models that this machine already has",
		Long: `List the models that this machine already has, with the names that -m takes.
Nothing is fetched, and only headers are read. It looks into

  Hugging Face's cache   HF_HUB_CACHE, HF_HOME, or ~/.cache/huggingface/hub
  Ollama's store         OLLAMA_MODELS, ~/.ollama/models, or that of its service
  LM Studio's folder     ~/.lmstudio/models, or the one in its settings
  llama.cpp's cache      LLAMA_CACHE, or ~/.cache/llama.cpp
  folders of yours       ROCMFORGE_MODELS, separated as in PATH

-m also takes a name in any letter case, the beginning of one, a repository's
name (ORG/NAME, ORG/NAME:Q4_K_M), and all of them behind the store's name and a
colon (ollama:llama3.2); each only where one model goes by it. A file or folder
of that path goes before any name.

GPU and CPU say whether the model fits there with --ctx tokens of context; "-"
is no GPU, or a model that would not run. A model of Ollama's brings its
parameters along, which run and chat take unless flags say otherwise; its
template is not used, but the one in the GGUF file.`,
		Example: `  rocmforge models
  rocmforge models --paths
  ROCMFORGE_MODELS=/data/models rocmforge models --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.models(c.Context(), paths, everything)
		},
	}
	c.Flags().BoolVar(&paths, "paths", false, "show where each model lies, and the places that were looked in")
	c.Flags().BoolVar(&everything, "all", false, "list projectors and adapters, too, which are no models by themselves")
	return uses(c, "ctx", "kv-cache-dtype", "exact", "activations", "device", "threads")
}

func (a *app) models(ctx context.Context, paths, everything bool) error {
	devices, _, err := runtime.Devices()
	if err != nil {
		return err
	}
	l := stores.List()
	all, err := interruptible(ctx, func() ([]modelResult, error) { return a.describeModels(ctx, l.Models, devices), nil })
	if err != nil {
		return err
	}
	r := modelsResult{Models: []modelResult{}, Places: []placeResult{}}
	for _, m := range all {
		if everything || m.Kind == string(stores.ModelKind) {
			r.Models = append(r.Models, m)
		}
	}
	for _, p := range l.Places {
		r.Places = append(r.Places, placeResult{p.Store, p.Path, p.Exists, reason(p.Problem, p.Path)})
	}
	if a.json {
		return a.writeJSON(r)
	}
	return a.printModels(&r, paths, len(all)-len(r.Models))
}

// describeModels reads the headers, several models at a time: most of it is
// waiting for the disk.
func (a *app) describeModels(ctx context.Context, list []stores.Model, devices []runtime.DeviceInfo) []modelResult {
	out := make([]modelResult, len(list))
	next := make(chan int)
	var done sync.WaitGroup
	for range 16 {
		done.Go(func() {
			for i := range next {
				out[i] = a.describeModel(&list[i], devices)
			}
		})
	}
	for i := range list {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	done.Wait()
	return out
}

func (a *app) describeModel(m *stores.Model, devices []runtime.DeviceInfo) modelResult {
	r := modelResult{
		Name: m.Name, Store: m.Store, Kind: string(m.Kind), Path: m.Path, Fits: []fitResult{},
		Problem: reason(m.Problem, m.Path), System: m.System, Template: m.Template, Params: m.Params,
	}
	if m.Problem != nil {
		return r
	}
	if m.Kind == stores.AdapterKind {
		r.Problem = reason(stores.Lacks(m.Path), m.Path)
		return r
	}
	s, err := runtime.Summarize(m.Path, devices, runtime.Options{Context: a.context, Exact: a.exact, KVCacheDType: a.kvType, Activations: a.acts})
	r.Architecture, r.Supported, r.Type = s.Architecture, s.Supported, s.Type
	r.Bytes, r.Parameters, r.Context, r.Problem = s.Bytes, s.Parameters, s.Context, reason(err, m.Path)
	if s.Kind != "" && s.Kind != "model" && m.Kind == stores.ModelKind {
		r.Kind = s.Kind
	}
	for _, f := range s.Fits {
		fit := fitResult{f.Device, f.Err == nil, f.Plan.Total(), f.Plan.Available, reason(f.Err, m.Path)}
		r.Fits = append(r.Fits, fit)
	}
	return r
}

// reason is an error's text without the path that stands beside it.
func reason(err error, path string) string {
	if err == nil {
		return ""
	}
	if refused := (*runtime.ModelError)(nil); errors.As(err, &refused) {
		err = refused.Err
	}
	return oneLine(strings.ReplaceAll(strings.TrimPrefix(err.Error(), path+": "), path+": ", ""))
}
