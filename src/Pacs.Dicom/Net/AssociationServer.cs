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
    AssociationPlaces places,
    ILogger logger)
{
    private readonly Dictionary<string, IDimseService> _services = [];
    private volatile bool _hasPlace;
    private IDisposable? _lease;
    private string _outcome = "failed";

    public Association Association => association;

    /// <summary>An association was asked for and counts as one; else it is a connection that has not said, or was refused.</summary>
    public bool HasPlace => _hasPlace;

    /// <summary>Never throws: however an association ends is logged.</summary>
    public void Run()
    {
        association.LiveOnThisThread();
        DicomTelemetry.AssociationOpened(isRequestor: false);
        try
        {
            if (association.ReceiveRequest() is { } request && Negotiate(request)) Serve();
        }
        // Unlike those who connect and leave: whoever sets up a peer looks here for what is wrong.
        catch (AssociationException e) when (e is AssociationSecurityException || (association.Info is null && e is AssociationProtocolException))
        {
            _outcome = "not associated";
            logger.NotUnderstood(association.Id, association.RemoteEndPoint, e.Message);
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
        finally
        {
            // Operations beside this thread may still be at it: they notice that the association is over.
            association.Window?.Close();
            ReturnPlace();
            DicomTelemetry.AssociationEnded(isRequestor: false, _outcome);
        }
    }

    private bool Negotiate(AAssociateRq pdu)
    {
        var request = new AssociationRequest(pdu, association.RemoteEndPoint, association.LocalEndPoint) { ListenerName = options.Name, PeerCertificate = association.PeerCertificate };
        var decision = Check(request) is { } rejection ? AssociationDecision.Reject(rejection) : policy?.Decide(request) ?? AssociationDecision.Accept;
        if (decision.Rejection is { } refusal)
        {
            _outcome = "rejected";
            ReturnPlace();
            logger.Rejected(association.Id, Legible(pdu.CallingAeTitle), association.RemoteEndPoint, Legible(pdu.CalledAeTitle), refusal);
            association.Reject(refusal);
            return false;
        }

        _lease = decision.Lease;
        var user = pdu.UserInformation;
        var window = Answer(user.AsyncOperationsWindow);
        var (results, accepted, roles) = Negotiation.Accept(pdu, Offers(pdu, decision));
        var extended = Extended(user, accepted, decision.Profile);
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
                AsyncOperationsWindow = window,
                RoleSelections = roles,
                ExtendedNegotiations = [.. extended.Select(e => new SopClassExtendedNegotiation(e.Key, e.Value))],
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
            ExtendedNegotiation = extended,
            Profile = decision.Profile,
            ListenerName = options.Name,
            MaxSendPduLength = options.MaxSendPduLength,
        }, window is { MaxInvoked: > 1 and var size } ? new OperationWindow(size, association.Id) : null);
        logger.Accepted(association.Id, pdu.CallingAeTitle, association.RemoteEndPoint, pdu.CalledAeTitle, accepted.Count);
        return true;
    }

    /// <summary>What this requestor may have of what it asks for; remembers which service each is of.</summary>
    private Dictionary<string, ServiceContext> Offers(AAssociateRq pdu, AssociationDecision decision)
    {
        var offers = new Dictionary<string, ServiceContext>();
        foreach (var abstractSyntax in pdu.PresentationContexts.Select(p => p.AbstractSyntax).Distinct())
        {
            if (FindOffer(abstractSyntax, pdu.UserInformation) is not var (service, offered)) continue;
            if ((decision.Narrow is { } narrow ? narrow(service, offered) : offered) is not { } offer) continue;
            offers[abstractSyntax] = offer;
            _services[abstractSyntax] = service;
        }
        return offers;
    }

    private (IDimseService Service, ServiceContext Offer)? FindOffer(string abstractSyntax, UserInformation user)
    {
        if (contexts.TryGetValue(abstractSyntax, out var context)) return (services[abstractSyntax], context);
        var related = user.CommonExtendedNegotiations.FirstOrDefault(c => c.SopClassUid == abstractSyntax);
        foreach (var service in services.Values.Distinct())
            if (service.Offer(abstractSyntax, related) is { } offer) return (service, offer);
        return null;
    }

    private Dictionary<string, ReadOnlyMemory<byte>> Extended(UserInformation user, IReadOnlyList<PresentationContext> accepted, object? profile)
    {
        var answers = new Dictionary<string, ReadOnlyMemory<byte>>();
        foreach (var proposed in user.ExtendedNegotiations)
        {
            if (!accepted.Any(c => c.AbstractSyntax == proposed.SopClassUid)) continue;
            if (_services[proposed.SopClassUid].Negotiate(proposed, profile) is { } answer) answers.TryAdd(proposed.SopClassUid, answer);
        }
        return answers;
    }

    /// <summary>As many as both sides want, 0 being any number; what this side sends it sends one after the other.</summary>
    private AsyncOperationsWindow? Answer(AsyncOperationsWindow? proposed) => proposed is null ? null
        : new AsyncOperationsWindow((ushort)(proposed.MaxInvoked == 0 ? options.MaxOperations : Math.Min(proposed.MaxInvoked, options.MaxOperations)), 1);

    private Rejection? Check(AssociationRequest request)
    {
        if (request.Pdu.ApplicationContextName != Dictionaries.Uids.DICOMApplicationContext) return Rejection.ApplicationContextNameNotSupported;
        _hasPlace = places.TryTake();
        // In this order, so that whoever closes them sees all that had one before.
        if (places.AreClosed) return Rejection.TemporaryCongestion;
        if (!_hasPlace) return Rejection.LocalLimitExceeded;
        if (!IsName(request.CallingAeTitle)) return Rejection.CallingAeTitleNotRecognized;
        if (!IsName(request.CalledAeTitle)) return Rejection.CalledAeTitleNotRecognized;
        if (options.AeTitles.Count > 0 && !options.AeTitles.Contains(request.CalledAeTitle)) return Rejection.CalledAeTitleNotRecognized;
        return null;
    }

    /// <summary>Spaces alone are no title (PS3.8 §9.3.2), control characters not of one (PS3.5 §6.2). Letters beyond ASCII are not either, but do no harm.</summary>
    private static bool IsName(string aeTitle) => aeTitle.Length > 0 && !aeTitle.Any(char.IsControl);

    /// <summary>For the log: a peer must not write lines of its own there.</summary>
    private static string Legible(string aeTitle) => IsName(aeTitle) ? aeTitle : "(no AE title)";

    private void ReturnPlace()
    {
        _lease?.Dispose();
        _lease = null;
        if (!_hasPlace) return;
        _hasPlace = false;
        places.Return();
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
            if (association.MayBeRequested(message)) request.PerformBy(_services[message.Context.AbstractSyntax], logger);
            else request.Respond(DimseStatus.UnrecognizedOperation, "The role negotiated does not allow requests in this context.");
        }
        association.Window?.Close();
        // Before the peer knows that it is released: it may ask for the next association at once.
        ReturnPlace();
        association.AcceptRelease();
        _outcome = "released";
        logger.Released(association.Id);
    }
}
