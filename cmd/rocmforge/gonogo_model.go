package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/runtime/evaluate"
)

// checks are those that need the model.
func (s *subject) checks() []gonogoCheckup {
	f := s.flags
	return []gonogoCheckup{
		{
			"dequantization", fmt.Sprintf("below %g%%", maxDequantization), "rocmforge verify says what else the device gets wrong; please report it",
			"give -m a model in MX formats, or one that is not quantized", s.dequantization,
		},
		{
			"quark-folder", "loads, and computes finite numbers", "rocmforge info -m DIR says what is in it and what the matter is",
			"give -m a folder that AMD Quark wrote", s.loadFolder,
		},
		{
			"perplexity", fmt.Sprintf("a rise of %g%% at most", f.maxRise), "quantize with --algo gptq, or to MXFP6 (rocmforge quantize --help); or allow more with --max-rise",
			"give the model before quantization: --reference, or -m", s.perplexityRise,
		},
		{
			"kv-cache", fmt.Sprintf("more than %g%% saved", f.minSaved), "--kv-cache-dtype mxfp6 saves 60.9%, where heads are multiples of 32",
			"rocmforge doctor says what the device is missing", s.savedByCache,
		},
		{
			"throughput", fmt.Sprintf("%g times that of F16 at least", f.minSpeed), "rocmforge bench --kernels shows what takes the time; or allow less with --min-speed",
			"run it on the device that the model is for", s.speedup,
		},
	}
}

// open opens a model of the list on the device that was chosen.
func (s *subject) open(ctx context.Context, path string, o rocmforge.Options) (*rocmforge.Model, error) {
	m, err := openModel(ctx, path, o)
	if err == nil {
		s.device = m.Device()
	}
	return m, err
}

// loadFolder opens a folder of Quark's and computes with it.
func (s *subject) loadFolder(ctx context.Context) (string, bool, error) {
	dir, err := s.quarkFolder(ctx)
	if err != nil {
		return "", false, err
	}
	typ, _, err := fileSize(dir)
	if err != nil {
		return "", false, err
	}
	m, err := s.open(ctx, dir, s.options())
	if err != nil {
		return "", false, err
	}
	defer m.Close()
	session, err := m.NewSession()
	if err != nil {
		return "", false, err
	}
	defer session.Close()
	n := 0
	for row, err := range session.ForwardRows(ctx, randomIDs(min(16, m.Context()), m.Config().Vocab)) {
		if err == nil {
			err = checkFinite(n, row)
		}
		if err != nil {
			return "", false, err
		}
		n++
	}
	return fmt.Sprintf("weights (mostly %s) load on %s, and the logits of %d positions are finite", typ, m.Device(), n), true, nil
}

func (s *subject) perplexityRise(ctx context.Context) (string, bool, error) {
	original, err := s.original()
	if err != nil {
		return "", false, err
	}
	quantized, err := s.quantized(ctx)
	if err != nil {
		return "", false, err
	}
	ways := []way{{original, runtime.Fast, s.kvType}, {quantized, s.acts, s.kvType}}
	chunk, err := s.chunk(ways)
	if err != nil {
		return "", false, err
	}
	var ids []int32 // of the original: what was quantized on the way may have no tokenizer
	text := func(m *rocmforge.Model) (_ []int32, err error) {
		if ids == nil || m.Tokenizer() != nil {
			ids, err = s.flags.text.ids(m)
		}
		return ids, err
	}
	r, err := evaluate.Run(ctx, []evaluate.Variant{s.variant(ways[0], chunk), s.variant(ways[1], chunk)}, evaluate.Options{
		Text: text, Chunk: chunk, Chunks: s.flags.text.chunks, Progress: s.progressCount("chunks"),
	})
	var of *evaluate.VariantError
	if errors.As(err, &of) && of.Index == 0 {
		err = compared(err)
	}
	if err != nil {
		return "", false, err
	}
	d := r[1].Against
	figure := fmt.Sprintf("%+.2f%% ± %.2f, from %.4f to %.4f over %d tokens of %s", 100*d.Rise, 100*d.RiseError, r[0].PPL, r[1].PPL, r[1].Tokens, textTitle(s.flags.text.name()))
	return figure, 100*d.Rise <= s.flags.maxRise, nil
}

// savedByCache compares what the allocator gave for two caches.
func (s *subject) savedByCache(ctx context.Context) (string, bool, error) {
	path, err := s.quantized(ctx)
	if err != nil {
		return "", false, err
	}
	small := cmp.Or(s.kvType, "mxfp6")
	packed, err := s.cacheBytes(ctx, path, small)
	if err != nil {
		return "", false, err
	}
	half, err := s.cacheBytes(ctx, path, "f16")
	if err != nil {
		return "", false, compared(err)
	}
	saved := 100 * (1 - float64(packed)/float64(half))
	return fmt.Sprintf("%.1f%%: %s in %s, %s in f16", saved, bytesText(int64(packed)), small, bytesText(int64(half))), saved > s.flags.minSaved, nil
}

// cacheBytes is what a session's cache of that type takes.
func (s *subject) cacheBytes(ctx context.Context, path, kvType string) (int, error) {
	o := s.options()
	o.KVCacheDType = kvType
	m, err := s.open(ctx, path, o)
	if err != nil {
		return 0, err
	}
	defer m.Close()
	session, err := m.NewSession()
	if err != nil {
		return 0, err
	}
	defer session.Close()
	return session.CacheBytes(), nil
}

// speedup compares decoding with that of the same model in F16.
func (s *subject) speedup(ctx context.Context) (string, bool, error) {
	quantized, err := s.quantized(ctx)
	if err != nil {
		return "", false, err
	}
	rate, err := s.decodeRate(ctx, quantized)
	if err != nil {
		return "", false, err
	}
	half, err := s.half(ctx)
	if err != nil {
		return "", false, err
	}
	halfRate, err := s.decodeRate(ctx, half)
	if err != nil {
		return "", false, compared(err)
	}
	times := rate / halfRate
	if math.IsNaN(times) || math.IsInf(times, 0) {
		return "", false, unmeasuredf("decoding took no time that could be measured")
	}
	return fmt.Sprintf("%.2f times: decoding %.1f tokens/s, in F16 %.1f, on %s", times, rate, halfRate, s.device), times >= s.flags.minSpeed, nil
}

// compared is the error of a model that another is compared with: that the device
// has no room for it says nothing of the other.
func compared(err error) error {
	if is[*runtime.FitError](err) || is[*device.MemoryError](err) {
		return unmeasured{err, "measure it on a device with more memory, or --skip it"}
	}
	return err
}

func (s *subject) decodeRate(ctx context.Context, path string) (float64, error) {
	m, err := s.open(ctx, path, s.options())
	if err != nil {
		return 0, err
	}
	defer m.Close()
	if m.DeviceInfo().Kind == "emu" {
		return 0, unmeasuredf("%s is an emulator, whose speed is not a GPU's", m.Device())
	}
	session, err := m.NewSession()
	if err != nil {
		return 0, err
	}
	defer session.Close()
	b := bench{prompt: min(32, m.Context()), tokens: min(64, m.Context()-1), repeat: 5}
	_, rate, err := b.measure(ctx, m, session, nil)
	return rate, err
}
