using System.Collections.Frozen;

namespace Pacs.Dicom.Messages;

/// <summary>Status (0000,0900): PS3.7 Annex C, and what PS3.4 adds for storage and query/retrieve.</summary>
public readonly record struct DimseStatus(ushort Value)
{
    public static DimseStatus Success => new(0x0000);
    public static DimseStatus Cancel => new(0xFE00);
    public static DimseStatus Pending => new(0xFF00);

    /// <summary>Matches are continuing; one or more optional keys were not supported (PS3.4 §C.4.1.1.4).</summary>
    public static DimseStatus PendingWithoutOptionalKeys => new(0xFF01);

    public static DimseStatus NoSuchAttribute => new(0x0105);
    public static DimseStatus InvalidAttributeValue => new(0x0106);
    public static DimseStatus AttributeListError => new(0x0107);
    public static DimseStatus ProcessingFailure => new(0x0110);
    public static DimseStatus DuplicateSopInstance => new(0x0111);
    public static DimseStatus NoSuchSopInstance => new(0x0112);
    public static DimseStatus NoSuchEventType => new(0x0113);
    public static DimseStatus InvalidArgumentValue => new(0x0115);
    public static DimseStatus AttributeValueOutOfRange => new(0x0116);
    public static DimseStatus InvalidSopInstance => new(0x0117);
    public static DimseStatus NoSuchSopClass => new(0x0118);
    public static DimseStatus ClassInstanceConflict => new(0x0119);
    public static DimseStatus MissingAttribute => new(0x0120);
    public static DimseStatus MissingAttributeValue => new(0x0121);
    public static DimseStatus SopClassNotSupported => new(0x0122);
    public static DimseStatus NoSuchActionType => new(0x0123);
    public static DimseStatus NotAuthorized => new(0x0124);
    /// <summary>A Failure Reason (0008,1197) only: PS3.3 §C.14.1.1.</summary>
    public static DimseStatus DuplicateTransactionUid => new(0x0131);

    public static DimseStatus DuplicateInvocation => new(0x0210);
    public static DimseStatus UnrecognizedOperation => new(0x0211);
    public static DimseStatus MistypedArgument => new(0x0212);
    public static DimseStatus ResourceLimitation => new(0x0213);

    public static DimseStatus OutOfResources => new(0xA700);
    public static DimseStatus UnableToCalculateMatches => new(0xA701);
    public static DimseStatus UnableToPerformSuboperations => new(0xA702);
    public static DimseStatus MoveDestinationUnknown => new(0xA801);

    /// <summary>C-STORE: the data set does not match its SOP class. Query/retrieve: the identifier does not.</summary>
    public static DimseStatus DatasetDoesNotMatchSopClass => new(0xA900);

    /// <summary>C-GET, C-MOVE: complete, one or more failures or warnings. C-STORE: coercion of data elements.</summary>
    public static DimseStatus SuboperationsWithFailures => new(0xB000);

    public static DimseStatus ElementsDiscarded => new(0xB006);
    public static DimseStatus DatasetDoesNotMatchSopClassWarning => new(0xB007);

    public static DimseStatus CannotUnderstand => new(0xC000);

    /// <summary>Query/retrieve: unable to process.</summary>
    public static DimseStatus UnableToProcess => new(0xC001);

    private static readonly FrozenDictionary<ushort, string> Names = new Dictionary<ushort, string>
    {
        [0x0000] = "Success",
        [0x0001] = "Requested optional attributes are not supported",
        [0x0105] = "No such attribute",
        [0x0106] = "Invalid attribute value",
        [0x0107] = "Attribute list error",
        [0x0110] = "Processing failure",
        [0x0111] = "Duplicate SOP instance",
        [0x0112] = "No such SOP instance",
        [0x0113] = "No such event type",
        [0x0114] = "No such argument",
        [0x0115] = "Invalid argument value",
        [0x0116] = "Attribute value out of range",
        [0x0117] = "Invalid SOP instance",
        [0x0118] = "No such SOP class",
        [0x0119] = "Class-instance conflict",
        [0x0120] = "Missing attribute",
        [0x0121] = "Missing attribute value",
        [0x0122] = "SOP class not supported",
        [0x0123] = "No such action type",
        [0x0124] = "Not authorized",
        [0x0131] = "Duplicate transaction UID",
        [0x0210] = "Duplicate invocation",
        [0x0211] = "Unrecognized operation",
        [0x0212] = "Mistyped argument",
        [0x0213] = "Resource limitation",
        [0xA700] = "Out of resources",
        [0xA701] = "Out of resources: unable to calculate number of matches",
        [0xA702] = "Out of resources: unable to perform sub-operations",
        [0xA801] = "Move destination unknown",
        [0xA900] = "Data set does not match SOP class",
        [0xB000] = "Completed with failures, warnings or coercion",
        [0xB006] = "Elements discarded",
        [0xB007] = "Data set does not match SOP class",
        [0xC000] = "Cannot understand",
        [0xC001] = "Unable to process",
        [0xFE00] = "Cancelled",
        [0xFF00] = "Pending",
        [0xFF01] = "Pending, optional keys not supported",
    }.ToFrozenDictionary();

    public StatusCategory Category => Value switch
    {
        0x0000 => StatusCategory.Success,
        0xFE00 => StatusCategory.Cancel,
        0xFF00 or 0xFF01 => StatusCategory.Pending,
        0x0001 or 0x0107 or 0x0116 or (>= 0xB000 and <= 0xBFFF) => StatusCategory.Warning,
        _ => StatusCategory.Failure,
    };

    public bool IsSuccess => Value == 0;
    public bool IsPending => Category == StatusCategory.Pending;
    public bool IsFailure => Category == StatusCategory.Failure;

    /// <summary>A failure that may pass: lack of resources (A7xx, 0213), and the general one (0110), which most often is a database that is away.</summary>
    public bool IsTransient => Value is (>= 0xA700 and <= 0xA7FF) or 0x0110 or 0x0213;


    /// <summary>Success or warning: the operation was done.</summary>
    public bool IsDone => Category is StatusCategory.Success or StatusCategory.Warning;

    /// <summary>In the standard's words; of the category for a value without a name of its own.</summary>
    public string Name => Names.GetValueOrDefault(Value) ?? Category.ToString();

    /// <summary>"A700 Out of resources".</summary>
    public override string ToString() => $"{Value:X4} {Name}";
}
