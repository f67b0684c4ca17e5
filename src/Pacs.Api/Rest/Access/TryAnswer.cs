using Pacs.Storage.Access;

namespace Pacs.Api.Rest.Access;

/// <summary>What would become of an association.</summary>
/// <param name="IsAccepted">Whether it would be accepted.</param>
/// <param name="Rejection">Result, source and reason of the A-ASSOCIATE-RJ (PS3.8 Table 9-21), as 1/1/3; null when accepted.</param>
/// <param name="Reason">What decides.</param>
/// <param name="Rule">The access rule that decides; null when none matches.</param>
/// <param name="Peer">AE title of the known peer that it is; null for none.</param>
/// <param name="Services">What it would be offered.</param>
/// <param name="Rules">What would apply to it, of peer, access rule, listener and configuration together.</param>
public sealed record TryAnswer(
    bool IsAccepted, string? Rejection, string Reason, AccessRule? Rule, string? Peer, IReadOnlyList<DimseServiceKind> Services, AssociationRules? Rules);
