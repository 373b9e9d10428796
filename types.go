package rocmforge

import "github.com/rocmforge/rocmforge/runtime"

// Each comment below names all that its type has: documentation tools show no
// methods and no fields of an alias. A test holds them to that.

// Model is opened weights on a device. Many sessions may share it, from many
// goroutines; their passes take turns.
//
//   - NewSession() starts an empty conversation.
//   - Tokenizer() is the model's tokenizer (package tokenizer), or nil.
//   - Sampling() is how the model's author recommends to sample.
//   - Perplexity(ctx, ids, options) measures how well the model predicts ids.
//   - IsEOS(id) says whether a token ends a text.
//   - Context() is the number of tokens that a session holds, LongestContext()
//     how many the model serves, BatchTokens() how many go through it at a time.
//   - Config() has the hyper-parameters, Plan() the memory in bytes, and
//     WeightBytes() what the weights took.
//   - Device() names the device, DeviceInfo() describes it, and CopyRate()
//     measures its memory, in bytes per second.
//   - Close() frees everything and ends the sessions. It may be called twice.
type Model = runtime.Model

// Session is one conversation with a model: the tokens so far and their KV
// cache. It belongs to one goroutine at a time: what is asked of a session that
// computes is ErrBusy.
//
//   - Generate(ctx, prompt, options) continues the conversation with a prompt
//     and yields the answer token by token; an error is the last item.
//     GenerateIDs takes token ids in place of a text.
//   - StopReason() says why the last generation ended, Seed() with which seed it
//     sampled, Stats() how long it took.
//   - Forward(ctx, ids) adds ids and returns the logits after the last of them,
//     ForwardRows(ctx, ids) yields those after each.
//   - LogLikelihood(ctx, ids, n) scores the last n of ids, given those before.
//   - KeepPrefix(ids) forgets all but what the conversation has in common with
//     ids, so that it is not computed again; Reset() forgets everything.
//   - Len() is the number of tokens so far, CacheBytes() the KV cache's memory.
//   - Profile(ctx, ids) measures the kernels of one pass on a GPU.
//   - Close() frees the KV cache. It may be called twice; a session that nobody
//     has any more is closed by the garbage collector, some time.
type Session = runtime.Session

// Token is one step of a generation.
//
//   - ID is the token, or -1 where only text is left that was held back.
//   - Text is what the token adds, in whole UTF-8 characters; it is empty while
//     a character or a stop string may be incomplete.
//   - LogProb is the natural logarithm of the token's probability, and Top the
//     most probable tokens in its place, if the options ask for them.
type Token = runtime.Token

// LogProb is a token's ID and its LogProb, the natural logarithm of its
// probability.
type LogProb = runtime.LogProb

// Options say how to open a model. The zero value opens it on the best device.
//
//   - Device is DeviceAuto (or ""), DeviceCPU, DeviceHIP, "hip:1", or an emulated
//     GPU such as "emu:gfx1100" in programs that import device/emu.
//   - Threads is the number of CPU threads; 0 is one for each processor.
//   - Context is the number of tokens that a session can hold; 0 is as many as
//     the model serves, but 4,096 at most.
//   - Exact computes in float32, without quantizing activations: slower, and the
//     arithmetic of references.
//   - KVCacheDType is KVF16 or another of these constants; "" is what the model
//     asks for, or KVF16, or with Exact KVF32.
//   - Activations is Fast (or ""), or Simulate, which rounds activations as the
//     model's author did.
//   - ROCm is the folder of ROCm's libraries; "" looks in the usual places.
//   - Isolate keeps the device in a child process, whose death is an error; the
//     program's main begins with Child then.
//   - NoGraph launches a GPU's kernels one by one.
//   - Params are sampling parameters by Ollama's names, as Find gives them.
//   - Warn is told what is no error but should be known; Progress is called with
//     the bytes that are loaded and all there are, and Compiling with the kernel
//     programs that are compiled and all there are. Each may be nil.
type Options = runtime.Options

// GenerateOptions say how to continue a prompt. The zero value samples as the
// model's author recommends, and ends with the text or the context.
//
//   - MaxTokens ends the generation; 0 is no limit but the context's.
//   - Sampling chooses among the next tokens: nil is Model.Sampling, and
//     &Sampling{} is greedy.
//   - Stop are strings that end the generation; special tokens count as they are
//     written.
//   - IgnoreEOS goes on after the model's end of text.
//   - LogProbs and TopLogProbs ask for log-probabilities of the tokens, and of so
//     many alternatives.
//   - Sampler chooses the next token in place of Sampling, and Mask changes
//     logits before Sampling sees them.
//   - Progress is called while the prompt is run, with tokens done and in all.
type GenerateOptions = runtime.GenerateOptions

// Sampling chooses among the next tokens. The zero value is greedy; each other
// zero switches its sampler off. What the model's author recommends is
// Model.Sampling; where the files say nothing it is temperature 0.7, top-k 40,
// top-p 0.95 and min-p 0.05.
//
//   - Temperature divides the logits; 0 is greedy.
//   - TopK keeps so many of the most probable tokens, TopP the fewest whose
//     probabilities add up to it, MinP those with at least this fraction of the
//     best one's probability, Typical those whose information is closest to the
//     entropy.
//   - RepeatPenalty, FrequencyPenalty and PresencePenalty lower the logits of
//     tokens among the last RepeatLastN ones (0: all).
//   - LogitBias is added to the logits of the tokens that it names.
//   - Seed chooses the random numbers; 0 is another one each time, which
//     Session.Seed tells.
//   - Validate() checks the ranges.
type Sampling = runtime.Sampling

// StopReason says why a generation ended.
type StopReason = runtime.StopReason

// The reasons.
const (
	StopEOS       = runtime.StopEOS       // the model ended its text
	StopLength    = runtime.StopLength    // MaxTokens were generated
	StopString    = runtime.StopString    // a stop string appeared
	StopContext   = runtime.StopContext   // the session is full
	StopCancelled = runtime.StopCancelled // the context was cancelled, or the caller stopped
)

// Stats are the figures of a generation. Times are those of computing: what the
// caller does between tokens is not in them.
//
//   - PromptTokens were run before the first token was there, which took
//     FirstToken; PromptRate() is their number per second.
//   - Tokens were generated, which took Decode from the first one on; Rate() is
//     their number per second.
type Stats = runtime.Stats

// Likelihood is how likely a model finds some tokens.
//
//   - LogProb is the natural logarithm of the probability of all, LogProbs are
//     those of each, given those before it.
//   - Greedy says that each of them is the most probable one.
type Likelihood = runtime.Likelihood

// Perplexity is how well a model predicts a text: PPL is exp(mean negative
// log-likelihood) over Tokens predictions, StdErr its standard error.
type Perplexity = runtime.Perplexity

// PerplexityOptions steer a measurement of it. The zero value takes all tokens in
// chunks of the session's context.
//
//   - Chunk is the length of a chunk in tokens, Chunks how many are taken at most.
//   - Progress is called with chunks done and in all.
//   - Rows sees the logits and the losses of the predictions.
type PerplexityOptions = runtime.PerplexityOptions

// KernelTime is what one Kernel takes of a pass: Launches in Seconds.
type KernelTime = runtime.KernelTime
