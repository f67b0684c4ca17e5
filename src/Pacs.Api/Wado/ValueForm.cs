using System.Text.RegularExpressions;
using Pacs.Api.Negotiation;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Multipart;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>What the bytes of a frame or bulk value are, and as what they can be sent (PS3.18 §8.7.3.3, Tables 8.7.3-4 and 8.7.3-5).</summary>
internal sealed partial class ValueForm
{
    private readonly string? _compression;

    private ValueForm(string mediaType, string? compression = null) => (MediaType, _compression) = (mediaType, compression);

    /// <summary>The type of its own: octets when uncompressed, else that of its compression, or that of a document.</summary>
    public string MediaType { get; }

    /// <summary>A file of another kind: its type is what its sender said, and not ours to vouch for.</summary>
    public bool IsDocument => _compression is null && MediaType != MediaTypes.OctetStream;

    private static string Octets { get; } = $"{MediaTypes.OctetStream}; transfer-syntax={Uids.ExplicitVRLittleEndian}";

    /// <summary>Pixels, or others kept as fragments, as they are stored in this syntax.</summary>
    public static ValueForm OfPixels(TransferSyntax stored) => stored.IsEncapsulated && stored.Uid != Uids.EncapsulatedUncompressedExplicitVRLittleEndian
        ? new ValueForm(MediaTypes.OfFrame(stored), stored.Uid)
        : new ValueForm(MediaTypes.OctetStream);

    public static ValueForm Of(BulkValue value, TransferSyntax stored) => value.IsEncapsulated ? OfPixels(stored)
        : value.DocumentType is { } declared ? new ValueForm(DocumentType(declared))
        : new ValueForm(MediaTypes.OctetStream);

    /// <summary>The Content-Type under which it satisfies a range of the Accept header; null when it does not.</summary>
    public string? ContentTypeFor(MediaType range)
    {
        var wanted = range.TransferSyntax;
        if (_compression is null)
        {
            // The octets are the same in every little endian syntax; sent they are as the default one.
            if (wanted is not (null or "*" or Uids.ExplicitVRLittleEndian or Uids.ImplicitVRLittleEndian or Uids.DeflatedExplicitVRLittleEndian or Uids.EncapsulatedUncompressedExplicitVRLittleEndian)) return null;
            if (IsDocument && Storage.Multipart.MediaType.Covers(range.Payload, MediaType)) return MediaType;
            return Storage.Multipart.MediaType.Covers(range.Payload, MediaTypes.OctetStream) ? Octets : null;
        }
        if (wanted is not (null or "*") && wanted != _compression) return null;
        // Octets without a transfer syntax are uncompressed ones (PS3.18 §8.7.3.3).
        if (range.Payload == MediaTypes.OctetStream) return wanted is null ? null : $"{MediaTypes.OctetStream}; transfer-syntax={_compression}";
        return Storage.Multipart.MediaType.Covers(range.Payload, MediaType.ToLowerInvariant()) ? $"{MediaType}; transfer-syntax={_compression}" : null;
    }

    /// <summary>For a person: what to ask for.</summary>
    public override string ToString() => _compression is null
        ? (IsDocument ? $"{MediaType} or {MediaTypes.OctetStream}" : $"{MediaTypes.OctetStream} (uncompressed, little endian)")
        : $"{MediaType}, or {MediaTypes.OctetStream} with transfer-syntax=* (stored in transfer syntax {_compression})";

    /// <summary>Taken only when it is a type and nothing else: it goes into a header of the answer.</summary>
    private static string DocumentType(string declared)
    {
        var type = declared.Split(';')[0].Trim().ToLowerInvariant();
        return OneType().IsMatch(type) && !type.StartsWith("multipart/", StringComparison.Ordinal) ? type : MediaTypes.OctetStream;
    }

    /// <summary>RFC 6838 §4.2.</summary>
    [GeneratedRegex(@"^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\z")]
    private static partial Regex OneType();
}
