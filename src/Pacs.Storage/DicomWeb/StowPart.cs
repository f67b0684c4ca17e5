using Pacs.Dicom.Files;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.DicomWeb;

/// <summary>One object of a STOW-RS request.</summary>
/// <param name="Instance">The object.</param>
/// <param name="TransferSyntax">In which it is sent.</param>
internal sealed record StowPart(StoredInstance Instance, TransferSyntax TransferSyntax)
{
    /// <summary>Preamble and file meta, made anew as for any other that an object is sent to.</summary>
    public byte[] FileHeader { get; } = new FileMetaInformation
    {
        MediaStorageSopClassUid = Instance.SopClassUid,
        MediaStorageSopInstanceUid = Instance.SopInstanceUid,
        TransferSyntax = TransferSyntax,
    }.ToPart10Header();
}
