using Pacs.Dicom.Net;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Access;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Sending;

/// <summary>Which presentation contexts are proposed for an object, within what the destination's rules allow: pure.</summary>
/// <param name="rules">The destination's: SOP classes, and transfer syntaxes with the best first.</param>
internal sealed class OutboundContexts(AssociationRules rules)
{
    private static readonly string[] NativeSyntaxes =
    [
        TransferSyntaxRegistry.ExplicitVrLittleEndian.Uid,
        TransferSyntaxRegistry.ImplicitVrLittleEndian.Uid,
        TransferSyntaxRegistry.ExplicitVrBigEndian.Uid,
        TransferSyntaxRegistry.DeflatedExplicitVrLittleEndian.Uid,
    ];

    /// <summary>
    /// One for the stored syntax alone, so that a peer that takes it cannot choose another; and where pixels are native one
    /// with all native syntaxes, Implicit VR Little Endian among them (PS3.5 §10.1), of which the peer takes what it likes.
    /// Empty when the rules allow none.
    /// </summary>
    public IReadOnlyList<ProposedContext> Of(ObjectKind kind)
    {
        if (rules.SopClasses is { } classes && !classes.Contains(kind.SopClassUid)) return [];
        var allowed = rules.TransferSyntaxes;
        var contexts = new List<ProposedContext>(2);
        if (allowed is null || allowed.Contains(kind.TransferSyntax.Uid)) contexts.Add(new ProposedContext(kind.SopClassUid, kind.TransferSyntax.Uid));
        string[] native = kind.TransferSyntax.IsNative ? [.. (allowed ?? NativeSyntaxes).Where(NativeSyntaxes.Contains)] : [];
        if (native.Length > 0 && !(native.Length == 1 && contexts.Count == 1)) contexts.Add(new ProposedContext(kind.SopClassUid, native));
        return contexts;
    }
}
