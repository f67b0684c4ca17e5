using Pacs.Dicom.Net;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Sending;

/// <summary>What decides by which presentation contexts an object can go: its class and how it is encoded.</summary>
public sealed record ObjectKind(string SopClassUid, TransferSyntax TransferSyntax)
{
    public static ObjectKind Of(StoredInstance instance) => new(instance.SopClassUid, instance.TransferSyntax);

    /// <summary>
    /// The contexts to propose, each with one transfer syntax, so that the peer's choice is no choice between syntaxes but
    /// its whole ability: the stored one, and for native ones the two that every peer has one of.
    /// </summary>
    internal IEnumerable<(string SopClassUid, string TransferSyntaxUid)> Contexts => TransferSyntax.IsNative
        ? new[] { TransferSyntax, TransferSyntaxRegistry.ExplicitVrLittleEndian, TransferSyntaxRegistry.ImplicitVrLittleEndian }.Distinct().Select(t => (SopClassUid, t.Uid))
        : [(SopClassUid, TransferSyntax.Uid)];
}
