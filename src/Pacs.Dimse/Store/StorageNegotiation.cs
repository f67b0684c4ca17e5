using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Access;

namespace Pacs.Dimse.Store;

/// <summary>What is stored, and in which transfer syntax: everything is offered, and the rules of a peer narrow it.</summary>
internal static class StorageNegotiation
{
    /// <summary>The Storage Service Class (PS3.4 Annex B), as common extended negotiation names it.</summary>
    private const string StorageServiceClass = "1.2.840.10008.4.2";

    /// <summary>Native ones first: who lets the acceptor choose wants what every program can read.</summary>
    private static readonly string[] TransferSyntaxes =
        [Uids.ExplicitVRLittleEndian, .. TransferSyntaxRegistry.All.Select(t => t.Uid).Where(u => u != Uids.ExplicitVRLittleEndian)];

    /// <summary>The requestor may be an SCP of these classes too: the objects of a C-GET come to it in the same contexts.</summary>
    public static ServiceContext Offer(string sopClassUid) =>
        new(sopClassUid, TransferSyntaxes) { Order = TransferSyntaxOrder.Proposer, RequestorMayBeScp = true };

    /// <summary>Nothing that the standard knows as something else, nor what its proposer says is of another service.</summary>
    public static bool MayBeStorage(string abstractSyntax, SopClassCommonExtendedNegotiation? related) =>
        !SopClassRegistry.IsOther(abstractSyntax) && related is null or { ServiceClassUid: StorageServiceClass };

    /// <summary>
    /// How objects are kept, as PS3.4 Table B.3-2 has it: level 2 (all attributes), signature level 3 (bits as they come; where
    /// objects are written anew the level is left open), and without coercion.
    /// </summary>
    public static byte[] Answer(AssociationRules rules) => [2, 0, (byte)(rules.NormalizeToExplicitVrLittleEndian == true ? 0 : 3), 0, 0, 0];

    /// <summary>What of an <see cref="Offer"/> a peer gets; null for nothing.</summary>
    public static ServiceContext? Narrow(ServiceContext offer, AssociationRules rules)
    {
        if (!(rules.StorageSopClasses ?? SopClassScope.Standard).Includes(offer.AbstractSyntax)) return null;
        return offer with
        {
            TransferSyntaxes = rules.TransferSyntaxes ?? offer.TransferSyntaxes,
            Order = rules.TransferSyntaxOrder ?? offer.Order,
        };
    }
}
