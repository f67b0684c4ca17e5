using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Access;
using Pacs.Storage.Security;

namespace Pacs.Dimse.Access;

/// <summary>
/// Decides each association request by what listeners, access rules and peers say at that moment. While the database is
/// away, by what they said last; when they never said anything, the caller is asked to come again (2/3/1).
/// </summary>
internal sealed class AssociationPolicy(AccessSnapshots snapshots, ApiKeyStore keys, ILogger<AssociationPolicy> logger) : IAssociationPolicy
{
    private readonly CallerPlaces _places = new();

    public AssociationDecision Decide(AssociationRequest request)
    {
        if (Await(snapshots.CurrentAsync(CancellationToken.None)) is not { } snapshot)
            return Reject(request, Rejection.TemporaryCongestion, "The database has not answered yet");

        var user = VerifiedUser(request.UserIdentity);
        var verdict = snapshot.Decide(new Caller
        {
            Listener = request.ListenerName,
            CallingAeTitle = request.CallingAeTitle,
            CalledAeTitle = request.CalledAeTitle,
            Address = request.RemoteEndPoint.Address,
            ImplementationClassUid = request.Pdu.UserInformation.ImplementationClassUid,
            User = user,
            TlsSubjects = request.PeerCertificate is { } certificate ? [certificate.Subject, certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)] : [],
        });
        if (verdict.Rejection is { } rejection) return Reject(request, rejection, verdict.Reason);
        if (_places.TryTake(request.CallingAeTitle, verdict.Rules.MaxAssociations) is not { } place)
            return Reject(request, Rejection.LocalLimitExceeded, $"It has {verdict.Rules.MaxAssociations} associations already");

        logger.Allowed(request.CallingAeTitle, request.RemoteEndPoint, request.CalledAeTitle, request.ListenerName, verdict.Reason);
        return AssociationDecision.Accept with
        {
            Narrow = new OfferFilter(verdict.Rules).Narrow,
            Profile = verdict.Rules,
            Lease = place,
            // Of a user name with passcode the response is empty (PS3.7 §D.3.3.7.2).
            UserIdentityResponse = user is null ? default(ReadOnlyMemory<byte>?) : ReadOnlyMemory<byte>.Empty,
        };
    }

    private AssociationDecision Reject(AssociationRequest request, Rejection rejection, string reason)
    {
        logger.Denied(request.CallingAeTitle, request.RemoteEndPoint, request.CalledAeTitle, request.ListenerName, reason, rejection);
        return AssociationDecision.Reject(rejection);
    }

    /// <summary>Name of the API key that was shown as user name and passcode. Of other kinds of identity nothing is believed.</summary>
    private string? VerifiedUser(UserIdentity? identity)
    {
        if (identity is null) return null;
        try
        {
            if (identity is { Type: UserIdentityType.UserNameAndPasscode, UserName: { } name }
                && Await(keys.FindAsync(Encoding.UTF8.GetString(identity.SecondaryField.Span), CancellationToken.None)) is { } key && key.Name == name)
                return name;
            logger.NotVerified(identity.Type);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            logger.CannotVerify(e.Message);
        }
        return null;
    }

    private static T Await<T>(ValueTask<T> task) => task.IsCompletedSuccessfully ? task.Result : task.AsTask().GetAwaiter().GetResult();
}
