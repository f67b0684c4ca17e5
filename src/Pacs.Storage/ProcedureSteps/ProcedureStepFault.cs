namespace Pacs.Storage.ProcedureSteps;

/// <summary>Why a procedure step is not created or set. On the wire: a status of PS3.7 Annex C.</summary>
public enum ProcedureStepFault
{
    /// <summary>0117: its UID is none.</summary>
    InvalidInstance,
    /// <summary>0111: there is one of this UID.</summary>
    DuplicateInstance,
    /// <summary>0112.</summary>
    NoSuchInstance,
    /// <summary>0110 with Error ID A710: it is completed or discontinued (PS3.4 Table F.7.2-2).</summary>
    NoLongerUpdatable,
    /// <summary>0120: a required attribute is not there.</summary>
    MissingAttribute,
    /// <summary>0121: a required attribute has no value.</summary>
    MissingAttributeValue,
    /// <summary>0106.</summary>
    InvalidAttributeValue,
    /// <summary>0105: the attribute cannot be changed any more.</summary>
    NoSuchAttribute,
}
