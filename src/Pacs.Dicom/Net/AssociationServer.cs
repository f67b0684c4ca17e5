using Microsoft.Extensions.Logging;
using Pacs.Dicom.Messages;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>The life of one accepted connection: negotiation, requests, release.</summary>
internal sealed class AssociationServer(
    Association association,
    AssociationListenerOptions options,
    IReadOnlyDictionary<string, ServiceContext> contexts,
    IReadOnlyDictionary<string, IDimseService> services,
    IAssociationPolicy? policy,
    ILogger logger,
    bool isOverLimit)
{
    private string _outcome = "failed";

    /// <summary>Never throws: however an association ends is logged.</summary>
    public void Run()
    {
        DicomTelemetry.AssociationOpened(isRequestor: false);
        try
        {
            if (association.ReceiveRequest() is { } request && Negotiate(request)) Serve();
        }
        catch (AssociationException e) when (association.Info is null)
        {
            _outcome = "not associated";
            logger.NotAssociated(association.Id, association.RemoteEndPoint, e.Message);
        }
        catch (AssociationException e)
        {
            _outcome = "aborted";
            logger.Ended(association.Id, association.RemoteEndPoint, e.Message);
        }
        catch (Exception e)
        {
            logger.Failed(association.Id, e);
            association.Abort();
        }
        DicomTelemetry.AssociationEnded(isRequestor: false, _outcome);
    }

    private bool Negotiate(AAssociateRq pdu)
    {
        var request = new AssociationRequest(pdu, association.RemoteEndPoint, association.LocalEndPoint);
        var decision = Check(request) is { } rejection ? AssociationDecision.Reject(rejection) : policy?.Decide(request) ?? AssociationDecision.Accept;
        if (decision.Rejection is { } refusal)
        {
            _outcome = "rejected";
            logger.Rejected(association.Id, pdu.CallingAeTitle, association.RemoteEndPoint, pdu.CalledAeTitle, refusal);
            association.Reject(refusal);
            return false;
        }

        var (results, accepted, roles) = Negotiation.Accept(pdu, contexts);
        var user = pdu.UserInformation;
        var response = new AAssociateAc
        {
            CalledAeTitle = pdu.CalledAeTitle,
            CallingAeTitle = pdu.CallingAeTitle,
            PresentationContexts = results,
            UserInformation = new UserInformation
            {
                MaxPduLength = (uint)options.MaxReceivePduLength,
                ImplementationClassUid = ImplementationIdentity.ClassUid,
                ImplementationVersionName = ImplementationIdentity.VersionName,
                // Requests are performed one after the other.
                AsyncOperationsWindow = user.AsyncOperationsWindow is null ? null : new AsyncOperationsWindow(1, 1),
                RoleSelections = roles,
                UserIdentityResponse = user.UserIdentity is { PositiveResponseRequested: true } ? decision.UserIdentityResponse : null,
            },
        };
        association.Accept(response, new AssociationInfo
        {
            Id = association.Id,
            CallingAeTitle = pdu.CallingAeTitle,
            CalledAeTitle = pdu.CalledAeTitle,
            RemoteEndPoint = association.RemoteEndPoint,
            Contexts = accepted,
            Peer = user,
            MaxSendPduLength = options.MaxSendPduLength,
        });
        logger.Accepted(association.Id, pdu.CallingAeTitle, association.RemoteEndPoint, pdu.CalledAeTitle, accepted.Count);
        return true;
    }

    private Rejection? Check(AssociationRequest request)
    {
        if (request.Pdu.ApplicationContextName != Dictionaries.Uids.DICOMApplicationContext) return Rejection.ApplicationContextNameNotSupported;
        if (isOverLimit) return Rejection.LocalLimitExceeded;
        if (options.AeTitles.Count > 0 && !options.AeTitles.Contains(request.CalledAeTitle)) return Rejection.CalledAeTitleNotRecognized;
        return null;
    }

    private void Serve()
    {
        while (association.ReadRequest(out var message))
        {
            DicomTelemetry.MessageReceived(message.Command.Command);
            // A cancel that comes after the final response was on its way before that arrived.
            if (message.Command.Command == CommandField.CCancelRq) continue;
            if (message.Command.IsResponse) throw association.Unexpected(message);

            var request = new DimseRequest(association, message);
            if (association.MayBeRequestedIn(message.Context)) request.PerformBy(services[message.Context.AbstractSyntax], logger);
            else request.Respond(DimseStatus.UnrecognizedOperation, "The role negotiated does not allow requests in this context.");
        }
        association.AcceptRelease();
        _outcome = "released";
        logger.Released(association.Id);
    }
}
