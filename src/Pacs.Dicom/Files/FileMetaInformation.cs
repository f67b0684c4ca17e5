using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Files;

/// <summary>Group 0002 of a Part 10 file (PS3.10 §7.1).</summary>
public sealed record FileMetaInformation
{
    public required string MediaStorageSopClassUid { get; init; }
    public required string MediaStorageSopInstanceUid { get; init; }
    public required TransferSyntax TransferSyntax { get; init; }
    public string? SourceApplicationEntityTitle { get; init; }

    /// <summary>Preamble, "DICM" and group 0002 with this library's Implementation Class UID: what comes before the data set.</summary>
    public byte[] ToPart10Header() => throw new NotImplementedException();
}
