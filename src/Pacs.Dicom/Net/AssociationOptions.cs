namespace Pacs.Dicom.Net;

/// <summary>Limits and times of an association, whichever side asked for it. Times are those of one wait, not of an operation.</summary>
public record AssociationOptions
{
    public const int MinPduLength = 4096;
    public const int MaxPduLength = 1024 * 1024;

    /// <summary>Longest P-DATA-TF variable field taken, in bytes; told to the peer. 4,096 to 1,048,576. Default 131,072: larger is no faster, 16,384 costs a quarter more CPU.</summary>
    public int MaxReceivePduLength { get; init => field = InRange(value); } = 128 * 1024;

    /// <summary>Longest P-DATA-TF variable field sent, in bytes, even if the peer takes more. 4,096 to 1,048,576. Default 131,072.</summary>
    public int MaxSendPduLength { get; init => field = InRange(value); } = 128 * 1024;

    /// <summary>Association request, rejection, release: from opening to A-ASSOCIATE-RQ, from rejection or abort to close (PS3.8 §9.1.5), and for the peer's answer to a request or release. Default 30 s.</summary>
    public TimeSpan ArtimTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(30);

    /// <summary>Between messages; then the association is aborted. Default 5 minutes.</summary>
    public TimeSpan IdleTimeout { get; init => field = Positive(value); } = TimeSpan.FromMinutes(5);

    /// <summary>Without a byte within a message, or without room to send. Default 60 s.</summary>
    public TimeSpan NetworkTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(60);

    /// <summary>For the peer's next response to a request of ours. Default 5 minutes.</summary>
    public TimeSpan ResponseTimeout { get; init => field = Positive(value); } = TimeSpan.FromMinutes(5);

    /// <summary>Bytes of a data set that are read past when its request was refused; after more the association is aborted. Default 1 GiB.</summary>
    public long MaxSkippedLength { get; init; } = 1L << 30;

    private static int InRange(int length) => length is >= MinPduLength and <= MaxPduLength ? length
        : throw new ArgumentOutOfRangeException(nameof(length), length, $"A PDU length is {MinPduLength} to {MaxPduLength} bytes.");

    private protected static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero && time.TotalMilliseconds <= int.MaxValue ? time
        : throw new ArgumentOutOfRangeException(nameof(time), time, "A timeout is more than zero and at most 24 days.");
}
