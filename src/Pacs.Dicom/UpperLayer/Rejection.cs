namespace Pacs.Dicom.UpperLayer;

/// <summary>Why an association is refused: result, source and reason of an A-ASSOCIATE-RJ (PS3.8 Table 9-21).</summary>
public readonly record struct Rejection(byte Result, byte Source, byte Reason)
{
    public static Rejection NoReasonGiven => new(1, 1, 1);
    public static Rejection ApplicationContextNameNotSupported => new(1, 1, 2);
    public static Rejection CallingAeTitleNotRecognized => new(1, 1, 3);
    public static Rejection CalledAeTitleNotRecognized => new(1, 1, 7);
    public static Rejection AcseNoReasonGiven => new(1, 2, 1);
    public static Rejection ProtocolVersionNotSupported => new(1, 2, 2);
    public static Rejection TemporaryCongestion => new(2, 3, 1);
    public static Rejection LocalLimitExceeded => new(2, 3, 2);

    /// <summary>Worth trying again later.</summary>
    public bool IsTransient => Result == 2;

    public override string ToString() => (Source, Reason) switch
    {
        (1, 1) => "no reason given",
        (1, 2) => "application context name not supported",
        (1, 3) => "calling AE title not recognized",
        (1, 7) => "called AE title not recognized",
        (2, 1) => "no reason given by the upper layer",
        (2, 2) => "protocol version not supported",
        (3, 1) => "temporary congestion",
        (3, 2) => "local limit exceeded",
        _ => $"source {Source}, reason {Reason}",
    } + (IsTransient ? " (transient)" : " (permanent)");
}
