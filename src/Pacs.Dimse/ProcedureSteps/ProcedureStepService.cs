using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dimse.Access;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Access;
using Pacs.Storage.ProcedureSteps;

namespace Pacs.Dimse.ProcedureSteps;

/// <summary>Modality Performed Procedure Step SCP (PS3.4 §F.7): N-CREATE and N-SET. Success is answered when the change is on stable storage.</summary>
internal sealed class ProcedureStepService(ProcedureStepStore steps, ILogger<ProcedureStepService> logger) : IDimseService
{
    /// <summary>Bytes of attributes: a step may name ten thousands of objects.</summary>
    private const int MaxDatasetLength = 16 * 1024 * 1024;

    /// <summary>PS3.4 Table F.7.2-2.</summary>
    private const ushort NoLongerUpdatable = 0xA710;

    public string Name => nameof(DimseServiceKind.ProcedureStep);

    public IReadOnlyList<ServiceContext> Contexts { get; } = [new(Uids.ModalityPerformedProcedureStep, IdentifierSyntaxes.Uids)];

    public void Handle(DimseRequest request)
    {
        Func<DimseRequest, DicomDataset, CommandSet>? perform = request.Command.Command switch
        {
            CommandField.NCreateRq => Create,
            CommandField.NSetRq => Set,
            _ => null,
        };
        if (perform is null)
        {
            request.Respond(DimseStatus.UnrecognizedOperation);
            return;
        }
        DicomDataset attributes;
        try
        {
            attributes = request.Command.HasDataset ? request.ReadDataset(MaxDatasetLength) : new DicomDataset();
        }
        catch (DicomFormatException e)
        {
            Refuse(request, DimseStatus.ProcessingFailure, e.Message);
            return;
        }
        request.Continue(() => Answer(request, attributes, perform));
    }

    private void Answer(DimseRequest request, DicomDataset attributes, Func<DimseRequest, DicomDataset, CommandSet> perform)
    {
        try
        {
            request.Respond(perform(request, attributes));
        }
        catch (ProcedureStepException e)
        {
            Refuse(request, StatusOf(e.Fault), e.Message, e, AttributesAtFault(e, attributes));
        }
        catch (NpgsqlException e)
        {
            logger.DatabaseAway(request.Association.Id, e.Message);
            Refuse(request, DimseStatus.ResourceLimitation, "The database does not answer, try again later");
        }
    }

    private CommandSet Create(DimseRequest request, DicomDataset attributes)
    {
        // PS3.7 §10.1.5.1.2: a performer that is given no UID makes one.
        var uid = request.Command.AffectedSopInstanceUid ?? Uid.Generate();
        var step = steps.CreateAsync(Checked(uid), attributes, request.Association.CallingAeTitle, IsStrict(request), CancellationToken.None).GetAwaiter().GetResult();
        logger.Created(request.Association.Id, request.Association.CallingAeTitle, step.SopInstanceUid);
        var response = request.Command.Response(DimseStatus.Success);
        response.AffectedSopInstanceUid = uid;
        return response;
    }

    private CommandSet Set(DimseRequest request, DicomDataset attributes)
    {
        var uid = Checked(request.Command.RequestedSopInstanceUid ?? "");
        var (step, ignored) = steps.SetAsync(uid, attributes, IsStrict(request), CancellationToken.None).GetAwaiter().GetResult();
        logger.Changed(request.Association.Id, request.Association.CallingAeTitle, uid, step.Status);
        var response = request.Command.Response(ignored.Count == 0 ? DimseStatus.Success : DimseStatus.AttributeListError);
        if (ignored.Count == 0) return response;
        response.AttributeIdentifierList = ignored;
        response.ErrorComment = "Done, but for attributes that cannot be set any more";
        return response;
    }

    private void Refuse(DimseRequest request, DimseStatus status, string comment, ProcedureStepException? fault = null, DicomDataset? attributes = null)
    {
        var response = request.Command.Response(status);
        response.ErrorComment = comment;
        if (fault?.Fault == ProcedureStepFault.NoLongerUpdatable) response.ErrorId = NoLongerUpdatable;
        if (fault is { Attributes.Count: > 0 }) response.AttributeIdentifierList = fault.Attributes;
        logger.Refused(request.Association.Id, request.Command.Command, request.Association.CallingAeTitle, request.Command.SopInstanceUid, status, comment);
        request.Respond(response, attributes);
    }

    /// <summary>The Attribute List of an invalid value (PS3.7 §C.5.11): what was sent of it, in the characters it was sent in.</summary>
    private static DicomDataset? AttributesAtFault(ProcedureStepException fault, DicomDataset sent)
    {
        if (fault.Fault is not (ProcedureStepFault.InvalidAttributeValue or ProcedureStepFault.MissingAttributeValue)) return null;
        var list = new DicomDataset();
        foreach (var tag in fault.Attributes.Append(Tags.SpecificCharacterSet))
            if (sent[tag] is { } element and (ValueElement or SequenceElement)) list.Set(element);
        return list.Count > 0 ? list : null;
    }

    private static bool IsStrict(DimseRequest request) =>
        request.Association.Rules() is { Validation: ValidationLevel.Iod or ValidationLevel.Thorough, ValidationAction: not ValidationAction.Warn };

    private static string Checked(string uid) => Uid.IsAcceptable(uid) ? uid
        : throw new ProcedureStepException(ProcedureStepFault.InvalidInstance, "The SOP Instance UID is no UID");

    private static DimseStatus StatusOf(ProcedureStepFault fault) => fault switch
    {
        ProcedureStepFault.InvalidInstance => DimseStatus.InvalidSopInstance,
        ProcedureStepFault.DuplicateInstance => DimseStatus.DuplicateSopInstance,
        ProcedureStepFault.NoSuchInstance => DimseStatus.NoSuchSopInstance,
        ProcedureStepFault.MissingAttribute => DimseStatus.MissingAttribute,
        ProcedureStepFault.MissingAttributeValue => DimseStatus.MissingAttributeValue,
        ProcedureStepFault.InvalidAttributeValue => DimseStatus.InvalidAttributeValue,
        ProcedureStepFault.NoSuchAttribute => DimseStatus.NoSuchAttribute,
        _ => DimseStatus.ProcessingFailure,
    };
}
