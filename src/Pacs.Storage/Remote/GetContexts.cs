using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Access;

namespace Pacs.Storage.Remote;

/// <summary>Which contexts a C-GET proposes for the objects to come (PS3.4 §C.5.3), within what the rules of the peer allow: pure.</summary>
/// <param name="rules">The peer's.</param>
internal sealed class GetContexts(AssociationRules rules)
{
    private static readonly string[] Native =
    [
        Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian, Uids.ExplicitVRBigEndian, Uids.DeflatedExplicitVRLittleEndian,
    ];

    /// <summary>Of objects whose syntax is not told: every one in use.</summary>
    private static readonly string[] Encapsulated = [.. TransferSyntaxRegistry.All.Where(t => !t.IsNative && !t.IsRetired).Select(t => t.Uid)];

    /// <summary>
    /// One for all native syntaxes, and one for each encapsulated one alone: the peer chooses one syntax of a context, and what is
    /// stored in another could not come in it. Empty when the rules bar the class.
    /// </summary>
    /// <param name="sopClassUid">Of the objects.</param>
    /// <param name="transferSyntaxes">In which the peer says it has them; with an empty one among them it does not say.</param>
    public IReadOnlyList<ProposedContext> Of(string sopClassUid, IReadOnlySet<string> transferSyntaxes)
    {
        if (!(rules.StorageSopClasses ?? SopClassScope.Standard).Includes(sopClassUid) || rules.SopClasses?.Contains(sopClassUid) == false) return [];
        var encapsulated = transferSyntaxes.Contains("") ? Encapsulated : [.. transferSyntaxes.Except(Native)];
        return
        [
            .. ((string[])[.. Native.Where(IsAllowed)]) is { Length: > 0 } native ? [new ProposedContext(sopClassUid, native) { AsScp = true }] : Array.Empty<ProposedContext>(),
            .. encapsulated.Where(IsAllowed).Select(t => new ProposedContext(sopClassUid, t) { AsScp = true }),
        ];
    }

    private bool IsAllowed(string transferSyntax) => rules.TransferSyntaxes?.Contains(transferSyntax) != false && TransferSyntaxRegistry.All.Any(t => t.Uid == transferSyntax);
}
