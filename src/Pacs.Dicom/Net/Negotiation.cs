using Pacs.Dicom.TransferSyntaxes;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>Which presentation contexts and roles are accepted (PS3.8 §7.1.1.13, PS3.7 §D.3.3.4): pure.</summary>
internal static class Negotiation
{
    /// <summary>The answer to each proposal, and the contexts that come of it.</summary>
    public static (IReadOnlyList<PresentationContextResult> Results, IReadOnlyList<PresentationContext> Contexts, IReadOnlyList<RoleSelection> Roles) Accept(
        AAssociateRq request, IReadOnlyDictionary<string, ServiceContext> services)
    {
        var proposedRoles = request.UserInformation.RoleSelections.GroupBy(r => r.SopClassUid).ToDictionary(g => g.Key, g => g.First());
        var (results, contexts, roles) = (new List<PresentationContextResult>(), new List<PresentationContext>(), new List<RoleSelection>());
        foreach (var proposal in request.PresentationContexts)
        {
            var proposedRole = proposedRoles.GetValueOrDefault(proposal.AbstractSyntax);
            var context = Accept(proposal, proposedRole, services.GetValueOrDefault(proposal.AbstractSyntax), out var reason);
            results.Add(new PresentationContextResult(proposal.Id, reason, context?.TransferSyntax.Uid ?? (proposal.TransferSyntaxes is [var any, ..] ? any : "")));
            if (context is null) continue;
            contexts.Add(context);
            if (proposedRole is not null && !roles.Exists(r => r.SopClassUid == proposal.AbstractSyntax))
                roles.Add(new RoleSelection(proposal.AbstractSyntax, context.RequestorIsScu, context.RequestorIsScp));
        }
        return (results, contexts, roles);
    }

    /// <summary>The contexts that an acceptance grants. Roles are the default ones for classes without an answer.</summary>
    public static IReadOnlyList<PresentationContext> Read(AAssociateRq request, AAssociateAc response)
    {
        var proposals = request.PresentationContexts.ToDictionary(p => p.Id);
        var roles = response.UserInformation.RoleSelections.GroupBy(r => r.SopClassUid).ToDictionary(g => g.Key, g => g.First());
        var contexts = new List<PresentationContext>();
        foreach (var result in response.PresentationContexts.Where(r => r.IsAccepted).DistinctBy(r => r.Id))
        {
            if (!proposals.TryGetValue(result.Id, out var proposal)) continue;
            var role = roles.GetValueOrDefault(proposal.AbstractSyntax);
            contexts.Add(new PresentationContext(proposal.Id, proposal.AbstractSyntax, TransferSyntaxRegistry.GetOrAssume(result.TransferSyntax))
            {
                RequestorIsScu = role?.Scu ?? true,
                RequestorIsScp = role?.Scp ?? false,
            });
        }
        return contexts;
    }

    private static PresentationContext? Accept(PresentationContextProposal proposal, RoleSelection? role, ServiceContext? service, out PresentationContextReason reason)
    {
        reason = PresentationContextReason.AbstractSyntaxNotSupported;
        if (service is null) return null;

        reason = PresentationContextReason.TransferSyntaxesNotSupported;
        var (first, second) = service.Order == TransferSyntaxOrder.Proposer ? (proposal.TransferSyntaxes, service.TransferSyntaxes) : (service.TransferSyntaxes, proposal.TransferSyntaxes);
        if (first.FirstOrDefault(second.Contains) is not { } transferSyntax) return null;

        reason = PresentationContextReason.UserRejection;
        var isScu = (role?.Scu ?? true) && service.RequestorMayBeScu;
        var isScp = (role?.Scp ?? service.AssumesScp) && service.RequestorMayBeScp;
        if (!isScu && !isScp) return null;

        reason = PresentationContextReason.Acceptance;
        return new PresentationContext(proposal.Id, proposal.AbstractSyntax, TransferSyntaxRegistry.GetOrAssume(transferSyntax)) { RequestorIsScu = isScu, RequestorIsScp = isScp };
    }
}
