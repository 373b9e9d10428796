package amdhip

import "fmt"

// A Code is a hipError_t. Codes are errors, so that errors.Is finds them in
// what this package returns: errors.Is(err, amdhip.OutOfMemory).
type Code int32

// The codes of hip_runtime_api.h, without "hipError".
const (
	Success                     Code = 0
	InvalidValue                Code = 1
	OutOfMemory                 Code = 2 // also hipErrorMemoryAllocation
	NotInitialized              Code = 3 // also hipErrorInitializationError
	Deinitialized               Code = 4
	ProfilerDisabled            Code = 5
	ProfilerNotInitialized      Code = 6
	ProfilerAlreadyStarted      Code = 7
	ProfilerAlreadyStopped      Code = 8
	InvalidConfiguration        Code = 9 // a grid or block that cannot be launched
	InvalidPitchValue           Code = 12
	InvalidSymbol               Code = 13
	InvalidDevicePointer        Code = 17
	InvalidMemcpyDirection      Code = 21
	InsufficientDriver          Code = 35
	MissingConfiguration        Code = 52
	PriorLaunchFailure          Code = 53
	InvalidDeviceFunction       Code = 98
	NoDevice                    Code = 100 // no GPU that HIP knows, or no permission to use it
	InvalidDevice               Code = 101
	InvalidImage                Code = 200 // no code object
	InvalidContext              Code = 201
	ContextAlreadyCurrent       Code = 202
	MapFailed                   Code = 205
	UnmapFailed                 Code = 206
	ArrayIsMapped               Code = 207
	AlreadyMapped               Code = 208
	NoBinaryForGpu              Code = 209 // a code object for another GPU
	AlreadyAcquired             Code = 210
	NotMapped                   Code = 211
	NotMappedAsArray            Code = 212
	NotMappedAsPointer          Code = 213
	ECCNotCorrectable           Code = 214 // memory lost bits
	UnsupportedLimit            Code = 215
	ContextAlreadyInUse         Code = 216
	PeerAccessUnsupported       Code = 217
	InvalidKernelFile           Code = 218
	InvalidGraphicsContext      Code = 219
	InvalidSource               Code = 300
	FileNotFound                Code = 301
	SharedObjectSymbolNotFound  Code = 302
	SharedObjectInitFailed      Code = 303
	OperatingSystem             Code = 304
	InvalidHandle               Code = 400 // also hipErrorInvalidResourceHandle
	IllegalState                Code = 401
	NotFound                    Code = 500
	NotReady                    Code = 600 // no failure: work is under way
	IllegalAddress              Code = 700 // a kernel left its memory
	LaunchOutOfResources        Code = 701
	LaunchTimeOut               Code = 702 // a kernel took too long
	PeerAccessAlreadyEnabled    Code = 704
	PeerAccessNotEnabled        Code = 705
	SetOnActiveProcess          Code = 708
	ContextIsDestroyed          Code = 709
	Assert                      Code = 710 // a kernel's assert failed
	HostMemoryAlreadyRegistered Code = 712
	HostMemoryNotRegistered     Code = 713
	LaunchFailure               Code = 719 // a kernel faulted
	CooperativeLaunchTooLarge   Code = 720
	NotSupported                Code = 801
	StreamCaptureUnsupported    Code = 900 // not while capturing
	StreamCaptureInvalidated    Code = 901
	StreamCaptureMerge          Code = 902
	StreamCaptureUnmatched      Code = 903
	StreamCaptureUnjoined       Code = 904
	StreamCaptureIsolation      Code = 905
	StreamCaptureImplicit       Code = 906
	CapturedEvent               Code = 907
	StreamCaptureWrongThread    Code = 908
	GraphExecUpdateFailure      Code = 910
	InvalidChannelDescriptor    Code = 911
	InvalidTexture              Code = 912
	Unknown                     Code = 999
	RuntimeMemory               Code = 1052 // from the layer below HIP
	RuntimeOther                Code = 1053 // from the layer below HIP
)

// Error is the code's name in C, such as "hipErrorOutOfMemory".
func (c Code) Error() string {
	if name, ok := codeNames[c]; ok {
		return name
	}
	return fmt.Sprintf("hipError_t %d", int32(c))
}

var codeNames = map[Code]string{
	Success:                     "hipSuccess",
	InvalidValue:                "hipErrorInvalidValue",
	OutOfMemory:                 "hipErrorOutOfMemory",
	NotInitialized:              "hipErrorNotInitialized",
	Deinitialized:               "hipErrorDeinitialized",
	ProfilerDisabled:            "hipErrorProfilerDisabled",
	ProfilerNotInitialized:      "hipErrorProfilerNotInitialized",
	ProfilerAlreadyStarted:      "hipErrorProfilerAlreadyStarted",
	ProfilerAlreadyStopped:      "hipErrorProfilerAlreadyStopped",
	InvalidConfiguration:        "hipErrorInvalidConfiguration",
	InvalidPitchValue:           "hipErrorInvalidPitchValue",
	InvalidSymbol:               "hipErrorInvalidSymbol",
	InvalidDevicePointer:        "hipErrorInvalidDevicePointer",
	InvalidMemcpyDirection:      "hipErrorInvalidMemcpyDirection",
	InsufficientDriver:          "hipErrorInsufficientDriver",
	MissingConfiguration:        "hipErrorMissingConfiguration",
	PriorLaunchFailure:          "hipErrorPriorLaunchFailure",
	InvalidDeviceFunction:       "hipErrorInvalidDeviceFunction",
	NoDevice:                    "hipErrorNoDevice",
	InvalidDevice:               "hipErrorInvalidDevice",
	InvalidImage:                "hipErrorInvalidImage",
	InvalidContext:              "hipErrorInvalidContext",
	ContextAlreadyCurrent:       "hipErrorContextAlreadyCurrent",
	MapFailed:                   "hipErrorMapFailed",
	UnmapFailed:                 "hipErrorUnmapFailed",
	ArrayIsMapped:               "hipErrorArrayIsMapped",
	AlreadyMapped:               "hipErrorAlreadyMapped",
	NoBinaryForGpu:              "hipErrorNoBinaryForGpu",
	AlreadyAcquired:             "hipErrorAlreadyAcquired",
	NotMapped:                   "hipErrorNotMapped",
	NotMappedAsArray:            "hipErrorNotMappedAsArray",
	NotMappedAsPointer:          "hipErrorNotMappedAsPointer",
	ECCNotCorrectable:           "hipErrorECCNotCorrectable",
	UnsupportedLimit:            "hipErrorUnsupportedLimit",
	ContextAlreadyInUse:         "hipErrorContextAlreadyInUse",
	PeerAccessUnsupported:       "hipErrorPeerAccessUnsupported",
	InvalidKernelFile:           "hipErrorInvalidKernelFile",
	InvalidGraphicsContext:      "hipErrorInvalidGraphicsContext",
	InvalidSource:               "hipErrorInvalidSource",
	FileNotFound:                "hipErrorFileNotFound",
	SharedObjectSymbolNotFound:  "hipErrorSharedObjectSymbolNotFound",
	SharedObjectInitFailed:      "hipErrorSharedObjectInitFailed",
	OperatingSystem:             "hipErrorOperatingSystem",
	InvalidHandle:               "hipErrorInvalidHandle",
	IllegalState:                "hipErrorIllegalState",
	NotFound:                    "hipErrorNotFound",
	NotReady:                    "hipErrorNotReady",
	IllegalAddress:              "hipErrorIllegalAddress",
	LaunchOutOfResources:        "hipErrorLaunchOutOfResources",
	LaunchTimeOut:               "hipErrorLaunchTimeOut",
	PeerAccessAlreadyEnabled:    "hipErrorPeerAccessAlreadyEnabled",
	PeerAccessNotEnabled:        "hipErrorPeerAccessNotEnabled",
	SetOnActiveProcess:          "hipErrorSetOnActiveProcess",
	ContextIsDestroyed:          "hipErrorContextIsDestroyed",
	Assert:                      "hipErrorAssert",
	HostMemoryAlreadyRegistered: "hipErrorHostMemoryAlreadyRegistered",
	HostMemoryNotRegistered:     "hipErrorHostMemoryNotRegistered",
	LaunchFailure:               "hipErrorLaunchFailure",
	CooperativeLaunchTooLarge:   "hipErrorCooperativeLaunchTooLarge",
	NotSupported:                "hipErrorNotSupported",
	StreamCaptureUnsupported:    "hipErrorStreamCaptureUnsupported",
	StreamCaptureInvalidated:    "hipErrorStreamCaptureInvalidated",
	StreamCaptureMerge:          "hipErrorStreamCaptureMerge",
	StreamCaptureUnmatched:      "hipErrorStreamCaptureUnmatched",
	StreamCaptureUnjoined:       "hipErrorStreamCaptureUnjoined",
	StreamCaptureIsolation:      "hipErrorStreamCaptureIsolation",
	StreamCaptureImplicit:       "hipErrorStreamCaptureImplicit",
	CapturedEvent:               "hipErrorCapturedEvent",
	StreamCaptureWrongThread:    "hipErrorStreamCaptureWrongThread",
	GraphExecUpdateFailure:      "hipErrorGraphExecUpdateFailure",
	InvalidChannelDescriptor:    "hipErrorInvalidChannelDescriptor",
	InvalidTexture:              "hipErrorInvalidTexture",
	Unknown:                     "hipErrorUnknown",
	RuntimeMemory:               "hipErrorRuntimeMemory",
	RuntimeOther:                "hipErrorRuntimeOther",
}
