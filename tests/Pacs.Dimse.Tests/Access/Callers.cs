using System.Net.Security;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dimse.Tests.Access;

/// <summary>Calls of all kinds of callers.</summary>
internal static class Callers
{
    public static readonly ProposedContext Verification = new(Uids.Verification, Uids.ImplicitVRLittleEndian);

    public static ClientAssociationOptions Call(this DimseFixture server, string calling = "TESTER", params IReadOnlyList<ProposedContext> contexts) => new()
    {
        Host = server.Address.Host,
        Port = server.Address.Port,
        CalledAeTitle = server.Address.AeTitle,
        CallingAeTitle = calling,
        Contexts = contexts is [] ? [Verification] : contexts,
    };

    public static ClientAssociationOptions With(this ClientAssociationOptions options, UserIdentity identity) => options with { UserIdentity = identity };

    public static ClientAssociationOptions With(this ClientAssociationOptions options, SslClientAuthenticationOptions tls) => options with { Tls = () => tls };

    /// <summary>Null when it is accepted.</summary>
    public static Rejection? Try(this ClientAssociationOptions options)
    {
        try
        {
            using var association = ClientAssociation.Connect(options);
            association.Release();
            return null;
        }
        catch (AssociationRejectedException e)
        {
            return e.Rejection;
        }
    }
}
