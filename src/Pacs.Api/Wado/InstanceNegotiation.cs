using Pacs.Api.Errors;
using Pacs.Api.Negotiation;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>
/// Which transfer syntax an instance is sent in (PS3.18 §8.7.8.2). Named: that one. <c>*</c>: as stored. Not named:
/// Explicit VR Little Endian, or as stored when its pixels are encapsulated, since those are the only form it has here.
/// </summary>
internal sealed class InstanceNegotiation
{
    private readonly List<MediaType> _wanted = [];

    /// <exception cref="ApiException">406: nothing of what is accepted is served here.</exception>
    public InstanceNegotiation(IReadOnlyList<MediaType> accepted, bool isOneInstance)
    {
        foreach (var range in accepted)
        {
            if (!MediaType.Covers(range.Payload, MediaTypes.Dicom) && !MediaType.Covers(range.Name, MediaTypes.Dicom)) continue;
            if (!range.IsMultipart && range.Name == MediaTypes.Dicom && !isOneInstance) continue;
            _wanted.Add(range);
        }
        if (_wanted.Count == 0)
        {
            throw ApiException.NotAcceptable(isOneInstance
                ? "Instances are served as application/dicom, alone or within multipart/related; type=\"application/dicom\"."
                : "Several instances are served as multipart/related; type=\"application/dicom\".");
        }
        IsSinglePart = isOneInstance && _wanted[0] is { IsMultipart: false, Name: MediaTypes.Dicom };
    }

    /// <summary>The one instance is the body, rather than its only part.</summary>
    public bool IsSinglePart { get; }

    /// <summary>The syntax to send in, by the client's preference; null when it accepts none that can be had.</summary>
    public TransferSyntax? Select(RetrievalService retrieval, StoredInstance instance)
    {
        foreach (var range in _wanted)
        {
            if (range.IsMultipart == IsSinglePart && range.Name != "*/*" && !range.Name.EndsWith("/*", StringComparison.Ordinal)) continue;
            switch (range.TransferSyntax)
            {
                case "*":
                    return instance.TransferSyntax;
                case null when instance.TransferSyntax.IsEncapsulated:
                    return instance.TransferSyntax;
                case null:
                    return TransferSyntaxRegistry.ExplicitVrLittleEndian;
                case var uid when TransferSyntaxRegistry.GetOrAssume(uid) is var wanted && retrieval.CanServe(instance, wanted):
                    return wanted;
            }
        }
        return null;
    }
}
