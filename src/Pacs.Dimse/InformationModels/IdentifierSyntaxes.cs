using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dimse.InformationModels;

/// <summary>Transfer syntaxes of identifiers: all the native ones.</summary>
internal static class IdentifierSyntaxes
{
    public static IReadOnlyList<string> Uids { get; } =
    [
        TransferSyntaxRegistry.ExplicitVrLittleEndian.Uid,
        TransferSyntaxRegistry.ImplicitVrLittleEndian.Uid,
        TransferSyntaxRegistry.ExplicitVrBigEndian.Uid,
        TransferSyntaxRegistry.DeflatedExplicitVrLittleEndian.Uid,
    ];
}
